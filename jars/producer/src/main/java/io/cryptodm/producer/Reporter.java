package io.cryptodm.producer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports the progress of a run: JSON lines on stdout and the progress file ({@code docs/contracts.md}), each at most once a second. */
public final class Reporter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);
  private static final JsonFactory JSON = new JsonFactory();
  private static final int PERIOD_MS = 1000;
  private static final int IDLE_PERIODS = 10;

  private final RunState state;
  private final PrintStream out;
  private final Path file;
  private final Runnable check;
  private final Thread thread;
  private RunState.Snapshot printed;
  private RunState.Snapshot written;
  private int idle;
  private boolean fileFailed;

  /**
   *
   * @param file the progress file, or null for none
   * @param check called once a second, before the report
   */
  public Reporter(RunState state, PrintStream out, Path file, Runnable check) {
    this.state = state;
    this.out = out;
    this.file = file == null ? null : file.toAbsolutePath();
    this.check = check;
    this.thread = new Thread(this::watch, "progress");
    this.printed = state.snapshot();
  }

  public void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Reports which source is used and why. */
  public synchronized void source(String source, String reason) {
    state.source(source);
    print(json -> {
      json.writeStringField("event", "source");
      json.writeStringField("source", source);
      json.writeStringField("reason", reason);
    });
  }

  /** Reports how much of a backfill was requested, in minutes of all pairs together. */
  public synchronized void history(long asked, long of) {
    print(json -> {
      json.writeStringField("event", "history");
      json.writeNumberField("asked", asked);
      json.writeNumberField("of", of);
    });
  }

  /**
   * What a backfill has found of the trades of a pair at an exchange.
   *
   * @param given trades of the span that the exchange has given
   * @param sent those of them that were not known
   * @param absent ids that it has not given
   * @param bars of minutes of which no trade is missing
   * @param begins the first trade of its history, where that is not before the span; null else, and without any trade
   */
  public record Backfilled(String source, String pair, long given, long sent, long absent, long bars, Instant begins) {}

  /** Reports the end of a backfill of a pair at an exchange. */
  public synchronized void backfilled(Backfilled found) {
    print(json -> {
      json.writeStringField("event", "backfilled");
      json.writeStringField("source", found.source());
      json.writeStringField("pair", found.pair());
      json.writeNumberField("given", found.given());
      json.writeNumberField("sent", found.sent());
      json.writeNumberField("absent", found.absent());
      json.writeNumberField("bars", found.bars());
      json.writeStringField("begins", found.begins() == null ? null : found.begins().toString());
    });
  }

  /** Reports what the source refuses to give. */
  public synchronized void refused(String reason) {
    print(json -> {
      json.writeStringField("event", "refused");
      json.writeStringField("reason", reason);
    });
  }

  /**
   * Reports a bar of the source that is refused.
   *
   * @param count of such bars of this run, with this one
   */
  public synchronized void refusedBar(long count, String reason) {
    print(json -> {
      json.writeStringField("event", "refused-bar");
      json.writeNumberField("count", count);
      json.writeStringField("reason", reason);
    });
  }

  /** Reports why a run ends early. */
  public synchronized void failed(String reason) {
    print(json -> {
      json.writeStringField("event", "failed");
      json.writeStringField("reason", reason);
    });
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(PERIOD_MS);
        check.run();
        tick();
      }
    } catch (InterruptedException e) {
      // The run is over; close() reports the end.
    }
  }

  /** Reports what has changed since the last time. */
  synchronized void tick() {
    RunState.Snapshot now = state.snapshot();
    if (now.sent() != printed.sent() || now.acknowledged() != printed.acknowledged()) {
      print(json -> {
        json.writeStringField("event", "progress");
        json.writeNumberField("sent", now.sent());
        json.writeNumberField("acknowledged", now.acknowledged());
      });
      printed = now;
    }
    idle++;
    if (!now.equals(written) || idle >= IDLE_PERIODS) {
      write(now);
    }
  }

  /** Ends the reports with the event {@code done}. */
  @Override
  public void close() {
    thread.interrupt();
    synchronized (this) {
      RunState.Snapshot end = state.snapshot();
      write(end);
      print(json -> {
        json.writeStringField("event", "done");
        json.writeNumberField("sent", end.sent());
        json.writeNumberField("acknowledged", end.acknowledged());
        json.writeNumberField("failed", end.failed());
        offsets(json, end);
      });
    }
  }

  private void write(RunState.Snapshot now) {
    written = now;
    idle = 0;
    if (file == null) {
      return;
    }
    String text =
        object(
            json -> {
              json.writeStringField("at", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
              json.writeStringField("source", now.source());
              json.writeNumberField("sent", now.sent());
              json.writeNumberField("acknowledged", now.acknowledged());
              json.writeNumberField("failed", now.failed());
              json.writeNumberField("repeatsDropped", now.repeatsDropped());
              json.writeNumberField("polls", now.polls());
              json.writeStringField("lastError", now.lastError());
              json.writeStringField("lastErrorAt", now.lastErrorAt() == null ? null : now.lastErrorAt().toString());
              if (now.historyMinutes() > 0) {
                json.writeObjectFieldStart("history");
                json.writeNumberField("answered", now.historyAnswered());
                json.writeNumberField("minutes", now.historyMinutes());
                json.writeEndObject();
              }
              troubles(json, now);
              json.writeObjectFieldStart("lastBars");
              for (Map.Entry<String, Instant> bar : now.lastBars().entrySet()) {
                json.writeStringField(bar.getKey(), bar.getValue().toString());
              }
              json.writeEndObject();
              offsets(json, now);
            });
    try {
      Files.createDirectories(file.getParent());
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, text + "\n");
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      fileFailed = false;
    } catch (IOException e) {
      // Logged once: a full disk must not stop the producer or fill its log.
      if (!fileFailed) {
        LOG.warn("cannot write the progress file {}: {}", file, e.toString());
      }
      fileFailed = true;
    }
  }

  private static void troubles(JsonGenerator json, RunState.Snapshot now) throws IOException {
    json.writeArrayFieldStart("troubles");
    for (Map.Entry<String, RunState.Trouble> trouble : now.troubles().entrySet()) {
      json.writeStartObject();
      json.writeStringField("about", trouble.getKey());
      json.writeStringField("since", trouble.getValue().since().toString());
      json.writeStringField("message", trouble.getValue().message());
      json.writeEndObject();
    }
    json.writeEndArray();
    if (now.clockOffset() == null) {
      json.writeNullField("clockOffset");
    } else {
      json.writeNumberField("clockOffset", now.clockOffset());
    }
  }

  private static void offsets(JsonGenerator json, RunState.Snapshot now) throws IOException {
    json.writeObjectFieldStart("offsets");
    for (Map.Entry<Integer, Long> offset : now.offsets().entrySet()) {
      json.writeNumberField(offset.getKey().toString(), offset.getValue());
    }
    json.writeEndObject();
  }

  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private void print(Fields fields) {
    out.println(object(fields));
    out.flush();
  }

  private static String object(Fields fields) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
