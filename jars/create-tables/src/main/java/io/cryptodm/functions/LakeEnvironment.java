package io.cryptodm.functions;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the environment tells the function ({@code docs/contracts.md}).
 *
 * @param workgroup Athena's, in which views are made
 * @param emulated whether an endpoint of its own takes the place of AWS; it can't carry a bucket in front of its address
 */
record LakeEnvironment(ObjectAddress spec, String workgroup, boolean emulated) {

  /** @throws FunctionFault naming every variable that is missing */
  static LakeEnvironment read(Map<String, String> env) {
    String missing =
        Stream.of("AWS_REGION", "SPEC_URI", "WORKGROUP").filter(name -> env.getOrDefault(name, "").isEmpty()).collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw new FunctionFault("the environment lacks " + missing, null, null, null);
    }
    boolean emulated = Stream.of("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3").anyMatch(env::containsKey);
    return new LakeEnvironment(ObjectAddress.of(env.get("SPEC_URI")), env.get("WORKGROUP"), emulated);
  }
}
