package io.cryptodm.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class ReliableSenderTest {
  private final FakeClock time = new FakeClock(Instant.parse("2025-07-08T05:43:00Z"), 50);
  private final RunState state = new RunState();
  private final Deque<MockProducer<byte[], byte[]>> clients = new ArrayDeque<>();
  private final ReliableSender sender =
      new ReliableSender(
          "quotes",
          () -> {
            if (clients.isEmpty()) {
              throw new KafkaException("no broker address resolves");
            }
            return clients.size() > 1 ? clients.pop() : clients.peek();
          },
          state,
          time);

  private MockProducer<byte[], byte[]> client(boolean acknowledges) {
    MockProducer<byte[], byte[]> client = new MockProducer<>(acknowledges, null, new ByteArraySerializer(), new ByteArraySerializer());
    clients.add(client);
    return client;
  }

  private boolean send(String text) {
    return sender.send("key", text.getBytes(UTF_8), "simulate");
  }

  private static List<String> texts(MockProducer<byte[], byte[]> client) {
    return client.history().stream().map(ProducerRecord::value).map(value -> new String(value, UTF_8)).toList();
  }

  @Test
  void countsWhatIsAcknowledgedWithItsLastOffsets() {
    MockProducer<byte[], byte[]> client = client(true);
    assertTrue(send("a"));
    assertTrue(send("b"));
    sender.drain();
    RunState.Snapshot end = state.snapshot();
    assertEquals(2, end.sent());
    assertEquals(2, end.acknowledged());
    assertEquals(0, end.failed());
    assertEquals(1L, end.offsets().get(0));
    assertEquals("simulate", new String(client.history().get(0).headers().lastHeader("source").value(), UTF_8));
    assertTrue(client.closed());
  }

  @Test
  void aFailedClientIsReplacedAndItsRecordsAreSentAgainInOrder() {
    MockProducer<byte[], byte[]> first = client(false);
    MockProducer<byte[], byte[]> second = client(true);
    send("a");
    send("b");
    send("c");
    first.completeNext();
    first.errorNext(new OutOfOrderSequenceException("state lost"));
    send("d");
    sender.drain();
    assertEquals(List.of("b", "c", "d"), texts(second));
    assertEquals(new RunState().snapshot().failed(), state.snapshot().failed());
    assertEquals(4, state.snapshot().sent());
    assertEquals(4, state.snapshot().acknowledged());
    assertTrue(state.snapshot().lastError().contains("state lost"));
  }

  @Test
  void aClientThatThrowsOnSendIsReplaced() {
    client(true).sendException = new KafkaException("fenced");
    MockProducer<byte[], byte[]> second = client(true);
    assertTrue(send("a"));
    sender.drain();
    assertEquals(List.of("a"), texts(second));
    assertEquals(1, state.snapshot().acknowledged());
  }

  @Test
  void aRefusedLoginIsLoggedAfterAnEarlierWait() {
    client(true).sendException = new KafkaException("fenced");
    client(true).sendException = new SaslAuthenticationException("Access denied");
    // It ends in the pause after the second client.
    FakeClock untilThen = new FakeClock(Instant.parse("2025-07-08T05:43:00Z"), 2);
    assertFalse(new ReliableSender("quotes", clients::pop, state, untilThen).send("key", "a".getBytes(UTF_8), "simulate"));
    assertEquals("waiting for Kafka: it does not accept the login: Access denied", state.snapshot().lastError());
  }

  @Test
  void theBrokerOfAnotherLakeIsNamedAndGetsNothing() {
    MockProducer<byte[], byte[]> other = client(true);
    other.sendException = new OwnBroker.ForeignBroker("what answers is not the Kafka of this lake");
    MockProducer<byte[], byte[]> own = client(true);
    assertTrue(send("a"));
    assertEquals("waiting for Kafka: what answers is not the Kafka of this lake", state.snapshot().lastError());
    sender.drain();
    assertEquals(List.of(), texts(other));
    assertEquals(List.of("a"), texts(own));
    assertEquals(1, state.snapshot().acknowledged());
  }

  @Test
  void aBrokerThatRefusesTheClientIsAskedAgain() {
    client(true).sendException = new TopicAuthorizationException("Not authorized");
    MockProducer<byte[], byte[]> own = client(true);
    assertTrue(send("a"));
    assertEquals(
        "waiting for Kafka: the broker refuses this client, as that of another lake does: Not authorized", state.snapshot().lastError());
    sender.drain();
    assertEquals(List.of("a"), texts(own));
  }

  @Test
  void aRefusedRecordIsCountedAndTheOthersGoOn() {
    MockProducer<byte[], byte[]> client = client(false);
    send("too large");
    send("b");
    client.errorNext(new RecordTooLargeException("1 MB at most"));
    client.completeNext();
    sender.drain();
    assertEquals(1, state.snapshot().failed());
    assertEquals(1, state.snapshot().acknowledged());
  }

  @Test
  void nothingIsSentWhileTheTopicIsFull() {
    MockProducer<byte[], byte[]> client = client(true);
    Deque<String> answers = new ArrayDeque<>(List.of("quotes is full", "quotes is full"));
    List<String> seen = new ArrayList<>();
    Room room =
        () -> {
          seen.add(texts(client) + " " + state.snapshot().troubles().keySet());
          return answers.poll();
        };
    ReliableSender bounded = new ReliableSender("quotes", clients::peek, state, time, room);
    assertTrue(bounded.send("key", "a".getBytes(UTF_8), "simulate"));
    bounded.drain();
    assertEquals(List.of("[] []", "[] [room]", "[] [room]"), seen);
    assertEquals(List.of("a"), texts(client));
    assertEquals("quotes is full: nothing more is sent until they have", state.snapshot().lastError());
    assertTrue(state.snapshot().troubles().isEmpty());
  }

  @Test
  void aFullTopicIsLeftByAStop() {
    client(true);
    ReliableSender bounded =
        new ReliableSender(
            "quotes",
            clients::peek,
            state,
            time,
            () -> {
              time.stop();
              return "quotes is full";
            });
    assertFalse(bounded.send("key", "a".getBytes(UTF_8), "simulate"));
    bounded.drain();
    assertEquals(0, state.snapshot().failed());
  }

  @Test
  void withoutABrokerItWaitsUntilStopped() {
    assertFalse(send("a"));
    assertEquals(50, time.pauses().size());
    sender.drain();
    assertEquals(0, state.snapshot().sent());
    assertEquals(0, state.snapshot().failed());
  }
}
