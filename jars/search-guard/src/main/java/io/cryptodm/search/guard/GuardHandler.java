package io.cryptodm.search.guard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;

/** Looks at the headers of each request of a connection. Of one that is refused, the body is dropped as it comes, and the connection is closed. */
final class GuardHandler extends ChannelInboundHandlerAdapter {

  /** Bytes of a refused body that are read, so that its sender gets to read the answer. */
  private static final int MOST_DROPPED = 16 << 20;

  private final RequestGuard guard;
  private final String lake;
  private boolean isRefusing;
  private long dropped;

  /** @param lake id of the lake that the node belongs to, or empty */
  GuardHandler(RequestGuard guard, String lake) {
    this.guard = guard;
    this.lake = lake;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (isRefusing) {
      drop(context, message);
      return;
    }
    Refusal refusal = message instanceof HttpRequest request && request.decoderResult().isSuccess() ? guard.check(request, portOf(context)) : null;
    if (refusal == null) {
      context.fireChannelRead(message);
      return;
    }
    isRefusing = true;
    context.writeAndFlush(answer(refusal, (HttpRequest) message));
    drop(context, message);
  }

  private void drop(ChannelHandlerContext context, Object message) {
    dropped += message instanceof HttpContent content ? content.content().readableBytes() : 0;
    boolean isLast = message instanceof LastHttpContent || dropped > MOST_DROPPED;
    ReferenceCountUtil.release(message);
    if (isLast) {
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else if (!context.channel().config().isAutoRead()) {
      context.read();
    }
  }

  private FullHttpResponse answer(Refusal refusal, HttpRequest request) {
    byte[] body = request.method().equals(HttpMethod.HEAD) ? new byte[0] : describe(refusal).getBytes(UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(refusal.status()), Unpooled.wrappedBuffer(body));
    HttpHeaders headers = response.headers();
    headers.set("X-elastic-product", "Elasticsearch");
    headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    headers.set(HttpHeaderNames.CONNECTION, "close");
    // To a page of a browser the challenge would only be a dialog of the browser's own.
    if (refusal.status() == 401 && !request.headers().contains("sec-fetch-mode")) {
      headers.add(HttpHeaderNames.WWW_AUTHENTICATE, "Basic realm=\"cryptodm\", charset=\"UTF-8\"");
      headers.add(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"cryptodm\"");
    }
    return response;
  }

  /** In the form of the node's own errors. */
  private String describe(Refusal refusal) {
    String reason = refusal.reason().replace("\"", "\\\"");
    String owner = lake.isEmpty() ? "" : ",\"lake\":\"" + lake + "\"";
    return "{\"error\":{\"type\":\"security_exception\",\"reason\":\"" + reason + "\"},\"status\":" + refusal.status() + owner + "}";
  }

  private static int portOf(ChannelHandlerContext context) {
    return ((InetSocketAddress) context.channel().localAddress()).getPort();
  }
}
