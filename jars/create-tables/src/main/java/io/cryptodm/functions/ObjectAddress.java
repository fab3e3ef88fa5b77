package io.cryptodm.functions;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bucket and key of {@code s3://bucket/key}. */
record ObjectAddress(String bucket, String key) {
  private static final Pattern FORM = Pattern.compile("s3[an]?://([^/]+)/(.+)");

  /** @throws FunctionFault for anything that is no such address */
  static ObjectAddress of(String uri) {
    Matcher matcher = FORM.matcher(uri);
    if (!matcher.matches()) {
      throw new FunctionFault(uri + " is no address such as s3://bucket/key", null, null, null);
    }
    return new ObjectAddress(matcher.group(1), matcher.group(2));
  }

  @Override
  public String toString() {
    return "s3://" + bucket + "/" + key;
  }
}
