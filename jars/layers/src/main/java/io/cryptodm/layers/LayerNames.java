package io.cryptodm.layers;

import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Names of the tables of a lake; their databases may have a prefix. */
record LayerNames(Spec spec) {
  String quotes() {
    return required("crypto_db.crypto_quote");
  }

  String trades() {
    return required("crypto_db.crypto_trader");
  }

  Optional<String> coverage() {
    return find("crypto_db.quote_coverage");
  }

  /** The tables that the layers are made from. */
  List<String> inputs() {
    return Stream.concat(Stream.of(quotes(), trades()), coverage().stream()).toList();
  }

  String layer(String table) {
    return find("crypto_silver." + table).orElseGet(() -> required("crypto_gold." + table));
  }

  private String required(String name) {
    return find(name)
        .orElseThrow(() -> new SpecException("spec: tables: there is no table '" + name + "': render the spec again with \"cryptodm up\""));
  }

  private Optional<String> find(String name) {
    return spec.tables().stream().map(Spec.Table::name).filter(candidate -> candidate.endsWith(name)).findFirst();
  }
}
