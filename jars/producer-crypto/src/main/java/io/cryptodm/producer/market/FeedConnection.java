package io.cryptodm.producer.market;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * One connection to the stream of an exchange. It asks for a message only when one of those before has been taken, so that a run that falls behind slows the
 * exchange down and fills no memory.
 */
final class FeedConnection implements WebSocket.Listener {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Messages that may be under way. */
  private static final int AHEAD = 256;

  /** A message may come in many parts. */
  private static final int MOST_CHARACTERS = 4 << 20;

  private final Consumer<Event> events;
  private final StringBuilder text = new StringBuilder();
  private volatile WebSocket socket;
  private volatile boolean ended;

  /** What happens on a connection. */
  sealed interface Event permits Opened, Message, Closed {
    FeedConnection connection();
  }

  /** It is open. */
  record Opened(FeedConnection connection) implements Event {}

  /** A message has come. */
  record Message(FeedConnection connection, String text) implements Event {}

  /** It has ended or could not be opened; nothing follows. */
  record Closed(FeedConnection connection, String reason) implements Event {}

  private FeedConnection(Consumer<Event> events) {
    this.events = events;
  }

  /** Begins to connect. @param events called by threads of the client */
  static FeedConnection open(URI address, Map<String, String> headers, HttpClient http, Consumer<Event> events) {
    FeedConnection connection = new FeedConnection(events);
    WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(CONNECT_TIMEOUT);
    headers.forEach(builder::header);
    CompletableFuture<WebSocket> opening;
    try {
      opening = builder.buildAsync(address, connection);
    } catch (IllegalArgumentException e) {
      opening = CompletableFuture.failedFuture(e);
    }
    opening.whenComplete(
        (socket, e) -> {
          if (e != null) {
            connection.end("it can't be reached: " + reason(e));
          }
        });
    return connection;
  }

  @Override
  public void onOpen(WebSocket opened) {
    socket = opened;
    if (ended) {
      opened.abort();
      return;
    }
    events.accept(new Opened(this));
    opened.request(AHEAD);
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (!last) {
      if (text.length() > MOST_CHARACTERS) {
        end("a message has more than " + MOST_CHARACTERS + " characters");
      }
      from.request(1);
      return null;
    }
    String whole = text.toString();
    text.setLength(0);
    if (!ended) {
      events.accept(new Message(this, whole));
    }
    return null;
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket from, java.nio.ByteBuffer data, boolean last) {
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int status, String said) {
    end("the exchange closed the connection (" + status + (said.isEmpty() ? "" : ", " + said) + ")");
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable e) {
    end("the connection broke: " + reason(e));
  }

  /** One message has been taken: another one may come. */
  void taken() {
    WebSocket its = socket;
    if (its != null && !ended) {
      its.request(1);
    }
  }

  /** Sends a message; one that can't be sent ends the connection. */
  void send(String message) {
    // The client sends one message after the other and fails when a second one is given meanwhile.
    try {
      socket.sendText(message, true).get(CONNECT_TIMEOUT.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      end("a message could not be sent: " + reason(e));
    }
  }

  /** Ends it at once. */
  void abort(String why) {
    end(why);
  }

  private void end(String why) {
    boolean wasOpen;
    synchronized (this) {
      wasOpen = !ended;
      ended = true;
    }
    if (socket != null) {
      socket.abort();
    }
    if (wasOpen) {
      events.accept(new Closed(this, why));
    }
  }

  private static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String name = root.getClass().getSimpleName().replace("Exception", "");
    return root.getMessage() == null ? name : name + ": " + root.getMessage();
  }
}
