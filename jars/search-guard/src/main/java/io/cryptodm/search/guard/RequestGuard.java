package io.cryptodm.search.guard;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What is checked of a request before the node sees it. A page of another site can make the browser send requests here: Origin and Fetch
 * Metadata (https://www.w3.org/TR/fetch-metadata/) show that, and Host shows a site whose name points to 127.0.0.1 (DNS rebinding).
 * {@code test/fixtures/requests/guarded.json} has the cases, which the dashboard's server decides alike.
 */
final class RequestGuard {

  /** What a page may send to another site without asking it first: https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
  private static final Set<String> UNASKED = Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

  private final Login login;

  /** @param login null where everybody on this machine may use the node */
  RequestGuard(Login login) {
    this.login = login;
  }

  /** @param port that the request came to. @return null for a request that may pass */
  Refusal check(HttpRequest request, int port) {
    HttpHeaders headers = request.headers();
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.size() != 1 || !isOwnHost(hosts.get(0), port)) {
      return new Refusal(403, "this server answers to 127.0.0.1 and localhost only");
    }
    for (String origin : headers.getAll(HttpHeaderNames.ORIGIN)) {
      if (!origin.startsWith("http://") || !isOwnHost(origin.substring("http://".length()), port)) {
        return new Refusal(403, "a page of another origin asked");
      }
    }
    for (String site : headers.getAll("sec-fetch-site")) {
      if (!site.equals("same-origin") && !site.equals("none")) {
        return new Refusal(403, "a page of another site asked");
      }
    }
    List<String> authorization = headers.getAll(HttpHeaderNames.AUTHORIZATION);
    if (login != null && (authorization.size() != 1 || !login.accepts(authorization.get(0)))) {
      return new Refusal(401, "this server asks for the login of its lake: user cryptodm, the password is in the file \"credential\" of the lake's folder");
    }
    if (hasBody(request) && !isAskedFor(headers.getAll(HttpHeaderNames.CONTENT_TYPE))) {
      return new Refusal(415, "a body must come with a type that says what it is, such as application/json");
    }
    return null;
  }

  private static boolean isOwnHost(String host, int port) {
    return host.equals("127.0.0.1:" + port) || host.equals("localhost:" + port);
  }

  private static boolean hasBody(HttpRequest request) {
    return HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
  }

  private static boolean isAskedFor(List<String> types) {
    return types.size() == 1 && !UNASKED.contains(types.get(0).split(";", 2)[0].strip().toLowerCase(Locale.ROOT));
  }
}
