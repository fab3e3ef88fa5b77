package io.cryptodm.producer;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Sources;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends records in order and keeps each until the broker has acknowledged it. It waits for a broker that is down; a failed client is
 * replaced, and its unacknowledged records are sent again in the same order, because the topic's order is the order of revisions.
 */
public final class ReliableSender {
  private static final Logger LOG = LoggerFactory.getLogger(ReliableSender.class);
  private static final int MAX_PENDING = 10_000;
  private static final Duration REPEAT_WARNING_AFTER = Duration.ofSeconds(10);
  private static final Duration AFTER_STOP = Duration.ofSeconds(8);
  private static final Duration STUCK = Duration.ofSeconds(5);
  private static final long POLL_MS = 200;

  private final String topic;
  private final Supplier<Producer<byte[], byte[]>> factory;
  private final RunState state;
  private final Clock time;
  private final Room room;
  private final boolean isMain;
  private final Backoff backoff = Backoff.fullJitter(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random());

  private final Object lock = new Object();
  private final TreeMap<Long, ProducerRecord<byte[], byte[]>> pending = new TreeMap<>();
  private final Set<Long> uncounted = new HashSet<>();
  private Producer<byte[], byte[]> producer;
  private boolean broken;
  private long sequence;
  private long movedAt;
  private long warnedAt;
  private boolean waiting;
  private boolean refused;
  private boolean paused;
  private Header mark;

  /** Sends where there is always room. @param factory creates a client; called again when one has failed */
  public ReliableSender(String topic, Supplier<Producer<byte[], byte[]>> factory, RunState state, Clock time) {
    this(topic, factory, state, time, Room.ENDLESS);
  }

  /**
   * Sends while there is room.
   *
   * @param factory creates a client; called again when one has failed
   */
  public ReliableSender(String topic, Supplier<Producer<byte[], byte[]>> factory, RunState state, Clock time, Room room) {
    this(topic, factory, state, time, room, true);
  }

  private ReliableSender(String topic, Supplier<Producer<byte[], byte[]>> factory, RunState state, Clock time, Room room, boolean isMain) {
    this.room = room;
    this.isMain = isMain;
    this.topic = topic;
    this.factory = factory;
    this.state = state;
    this.time = time;
  }

  /** As the other constructor, for a topic beside the one whose offsets the run reports. */
  public static ReliableSender beside(String topic, Supplier<Producer<byte[], byte[]>> factory, RunState state, Clock time, Room room) {
    return new ReliableSender(topic, factory, state, time, room, false);
  }

  /** Has every record from now on carry one more header. */
  public void mark(String name, String value) {
    mark = new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Connects before the first record; {@link #send} reports errors. */
  public void warmUp() {
    try {
      client().partitionsFor(topic);
    } catch (KafkaException e) {
      LOG.debug("not connected yet: {}", e.toString());
    }
  }

  private Producer<byte[], byte[]> client() {
    synchronized (lock) {
      if (producer == null) {
        producer = factory.get();
      }
      return producer;
    }
  }

  /**
   * Sends one record. Waits while the broker is down, too many records are unacknowledged, or the topic is full.
   *
   * @return false if the run was stopped before the record was taken
   */
  public boolean send(String key, byte[] value, String source) {
    if (!awaitRoom() || !deliver(sequence++, record(key, value, source))) {
      return false;
    }
    state.sent();
    return true;
  }

  /** As {@link #send}, for a record that is no event itself: it is counted neither as sent nor as acknowledged. */
  public boolean sendUncounted(String key, byte[] value, String source) {
    if (!awaitRoom()) {
      return false;
    }
    long number = sequence++;
    synchronized (lock) {
      uncounted.add(number);
    }
    return deliver(number, record(key, value, source));
  }

  private ProducerRecord<byte[], byte[]> record(String key, byte[] value, String source) {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value);
    record.headers().add(Sources.HEADER, source.getBytes(StandardCharsets.UTF_8));
    if (mark != null) {
      record.headers().add(mark);
    }
    return record;
  }

  /** Logs a warning when records are unacknowledged and no acknowledgement has come for 5 s; any thread may call it. */
  public void warnIfStuck() {
    synchronized (lock) {
      if (!pending.isEmpty() && time.nanos() - movedAt > STUCK.toNanos()) {
        sayWaiting(pending.size() + " records are not acknowledged yet");
      }
    }
  }

  /** Waits until everything is acknowledged; after a stop for 8 s at most, then counts the rest as failed. */
  public void drain() {
    long stoppedAt = -1;
    while (true) {
      if (!heal()) {
        break;
      }
      synchronized (lock) {
        if (pending.isEmpty()) {
          break;
        }
        awaitChange();
      }
      if (time.stopped()) {
        stoppedAt = stoppedAt < 0 ? time.nanos() : stoppedAt;
        if (time.nanos() - stoppedAt > AFTER_STOP.toNanos()) {
          break;
        }
      }
    }
    close();
  }

  private void close() {
    int owed;
    synchronized (lock) {
      owed = pending.size();
      // Late callbacks of the closing client must not count them again.
      pending.clear();
    }
    if (owed > 0) {
      state.failed(owed);
      trouble(owed + " records were not acknowledged before the end");
    }
    if (producer != null) {
      producer.close(owed > 0 ? Duration.ZERO : Duration.ofSeconds(2));
    }
  }

  private boolean awaitRoom() {
    while (!time.stopped()) {
      if (!heal()) {
        return false;
      }
      String full = room.full();
      sayFull(full);
      synchronized (lock) {
        if (full == null && pending.size() < MAX_PENDING) {
          return true;
        }
        awaitChange();
      }
      if (full != null) {
        continue;
      }
      sayWaiting(MAX_PENDING + " records are not acknowledged yet");
    }
    return false;
  }

  private void sayFull(String why) {
    if (why == null && paused) {
      paused = false;
      state.resolved("room");
      LOG.info("there is room again: goes on");
    } else if (why != null && !paused) {
      paused = true;
      String message = why + ": nothing more is sent until they have";
      LOG.warn(message);
      state.trouble("room", message, time.now());
    }
  }

  private void awaitChange() {
    try {
      lock.wait(POLL_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives a record to the client and repeats that while the client cannot take it. False when stopped. */
  private boolean deliver(long number, ProducerRecord<byte[], byte[]> record) {
    while (true) {
      Attempt attempt = new Attempt(number, Thread.currentThread());
      synchronized (lock) {
        if (pending.isEmpty()) {
          movedAt = time.nanos();
        }
        pending.put(number, record);
      }
      try {
        client().send(record, attempt);
      } catch (KafkaException | IllegalStateException e) {
        attempt.refusal = e;
      }
      attempt.handedOver = true;
      Exception refusal = attempt.refusal;
      if (refusal == null) {
        return true;
      }
      synchronized (lock) {
        pending.remove(number);
      }
      if (isRecordsFault(refusal)) {
        state.failed(1);
        trouble("a record was refused: " + refusal.getMessage());
        return true;
      }
      if (time.stopped()) {
        return false;
      }
      if (refusal instanceof TimeoutException) {
        sayWaiting(refusal.getMessage());
      } else {
        broke(refusal);
        if (!heal()) {
          return false;
        }
      }
    }
  }

  /** Replaces a failed client and sends its unacknowledged records again. False when stopped meanwhile. */
  private boolean heal() {
    while (true) {
      synchronized (lock) {
        if (!broken) {
          return true;
        }
      }
      if (!time.pause(backoff.next())) {
        return false;
      }
      Producer<byte[], byte[]> old;
      synchronized (lock) {
        old = producer;
      }
      if (old != null) {
        old.close(Duration.ZERO);
      }
      List<Map.Entry<Long, ProducerRecord<byte[], byte[]>>> owed;
      synchronized (lock) {
        producer = null;
        broken = false;
        owed = new ArrayList<>(pending.entrySet());
      }
      if (!owed.isEmpty()) {
        LOG.info("a new client sends {} unacknowledged records again", owed.size());
      }
      for (Map.Entry<Long, ProducerRecord<byte[], byte[]>> record : owed) {
        if (!resend(record.getKey(), record.getValue())) {
          break;
        }
      }
      if (time.stopped()) {
        return false;
      }
    }
  }

  private boolean resend(long number, ProducerRecord<byte[], byte[]> record) {
    while (!time.stopped()) {
      Attempt attempt = new Attempt(number, Thread.currentThread());
      try {
        // The headers of a record that was sent are closed: send a copy.
        client().send(new ProducerRecord<>(topic, null, record.key(), record.value(), List.of(record.headers().toArray())), attempt);
      } catch (KafkaException | IllegalStateException e) {
        attempt.refusal = e;
      }
      attempt.handedOver = true;
      if (attempt.refusal == null) {
        return true;
      }
      if (!(attempt.refusal instanceof TimeoutException)) {
        broke(attempt.refusal);
        return false;
      }
      sayWaiting(attempt.refusal.getMessage());
    }
    return false;
  }

  private void acknowledged(RecordMetadata metadata, int events) {
    if (isMain) {
      state.acknowledged(metadata.partition(), metadata.offset(), events);
    } else {
      state.acknowledged(events);
    }
  }

  private void broke(Exception e) {
    synchronized (lock) {
      if (!broken) {
        broken = true;
        if (e instanceof AuthenticationException) {
          sayRefused("it does not accept the login: " + e.getMessage());
        } else if (e instanceof AuthorizationException) {
          sayRefused("the broker refuses this client, as that of another lake does: " + e.getMessage());
        } else if (e instanceof OwnBroker.ForeignBroker) {
          sayRefused(e.getMessage());
        } else {
          sayWaiting("the client failed and is replaced: " + e);
        }
      }
      lock.notifyAll();
    }
  }

  /** Logged even when a warning about waiting for Kafka came before: only a person can fix this. */
  private void sayRefused(String why) {
    if (!refused) {
      refused = true;
      waiting = false;
    }
    sayWaiting(why);
  }

  private void sayWaiting(String why) {
    synchronized (lock) {
      long now = time.nanos();
      if (!waiting || now - warnedAt > REPEAT_WARNING_AFTER.toNanos()) {
        waiting = true;
        warnedAt = now;
        String message = "waiting for Kafka: " + why;
        LOG.warn(message);
        state.trouble("kafka", message, time.now());
      }
    }
  }

  private void trouble(String message) {
    LOG.warn(message);
    state.error(message, time.now());
  }

  private static boolean isRecordsFault(Exception e) {
    return e instanceof RecordTooLargeException
        || e instanceof RecordBatchTooLargeException
        || e instanceof InvalidRecordException
        || e instanceof SerializationException;
  }

  /** One attempt to send one record; separates a refusal by the client from a failure on the way. */
  private final class Attempt implements Callback {
    private final long number;
    private final Thread sender;
    private volatile boolean handedOver;
    private volatile Exception refusal;

    Attempt(long number, Thread sender) {
      this.number = number;
      this.sender = sender;
    }

    @Override
    public void onCompletion(RecordMetadata metadata, Exception e) {
      if (e != null && !handedOver && Thread.currentThread() == sender) {
        refusal = e;
        return;
      }
      synchronized (lock) {
        if (e == null) {
          if (pending.remove(number) != null) {
            acknowledged(metadata, uncounted.remove(number) ? 0 : 1);
          }
          backoff.succeeded();
          movedAt = time.nanos();
          if (waiting) {
            waiting = false;
            refused = false;
            state.resolved("kafka");
            LOG.info("Kafka acknowledges again");
          }
        } else if (isRecordsFault(e)) {
          if (pending.remove(number) != null) {
            state.failed(1);
            trouble("a record was refused: " + e.getMessage());
          }
        } else if (pending.containsKey(number)) {
          broke(e);
        }
        lock.notifyAll();
      }
    }
  }
}
