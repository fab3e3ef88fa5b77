package io.cryptodm.producer;

import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Options;
import io.cryptodm.contracts.SecretException;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.contracts.UsageException;
import java.util.List;
import java.util.Objects;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both producers share around their work: arguments, spec, signals, an orderly end. Exit codes: 0 done, 2 bad arguments or spec, 1 anything else.
 * SIGTERM stops the source, waits for the acknowledgements, reports, exits with 0.
 */
public final class Application {
  private static final long STOP_TIMEOUT_MS = 15_000;

  private final String name;
  private final String help;
  private final Options options;
  private final Body body;

  /** What a producer does between its start and its end. */
  public interface Body {
    /** Checks the arguments and returns the work. @throws UsageException for a bad one */
    Work prepare(Arguments arguments, Spec spec);
  }

  /** The work of a run. */
  public interface Work {
    /** Id of the topic in the spec. */
    String topic();

    /** Id of the topic of market trades; null for a work that follows no exchange. */
    default String marketTopic() {
      return null;
    }

    /** Runs until the run or the source ends. @throws UsageException if the input is invalid and nothing was sent yet */
    void run(Run run, Reporter reporter, KafkaSettings kafka) throws Exception;
  }

  public Application(String name, String help, Options options, Body body) {
    this.name = name;
    this.help = help;
    this.options = options;
    this.body = body;
  }

  /** Runs and ends the process. */
  public void main(String[] args) {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    SystemClock time = new SystemClock();
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(time, main), "stop"));
    int code = execute(args, time);
    System.out.flush();
    System.err.flush();
    // Not exit(): during a SIGTERM the hook waits for this thread, and the code of the signal would win.
    Runtime.getRuntime().halt(code);
  }

  private static void stop(SystemClock time, Thread main) {
    time.stop();
    try {
      main.join(STOP_TIMEOUT_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(1);
  }

  int execute(String[] args, Clock time) {
    try {
      Arguments arguments = Arguments.parse(args, options);
      if (arguments.help()) {
        System.out.print(help);
        return 0;
      }
      Spec spec = Spec.readFrom(arguments.required("spec"));
      return work(arguments, spec, body.prepare(arguments, spec), time);
    } catch (UsageException | SpecException e) {
      System.err.println(name + ": " + e.getMessage());
      return 2;
    } catch (SecretException e) {
      System.err.println(name + ": " + e.getMessage());
      return 1;
    } catch (Exception | OutOfMemoryError e) {
      logger().error("stopped by an unexpected fault", e);
      return 1;
    }
  }

  private int work(Arguments arguments, Spec spec, Work work, Clock time) throws Exception {
    RunState state = new RunState();
    KafkaSettings kafka = new KafkaSettings(spec.kafka(), "cryptodm-" + name);
    Spec.Topic topic = spec.topic(work.topic());
    TopicRoom room = TopicRoom.of(topic, kafka);
    ReliableSender sender = new ReliableSender(topic.name(), kafka::newProducer, state, time, room);
    Spec.Topic marketTopic = work.marketTopic() == null ? null : spec.topic(work.marketTopic());
    TopicRoom marketRoom = marketTopic == null ? null : TopicRoom.of(marketTopic, kafka);
    ReliableSender market =
        marketTopic == null ? null : ReliableSender.beside(marketTopic.name(), kafka::newProducer, state, time, marketRoom);
    List<ReliableSender> senders = Stream.of(sender, market).filter(Objects::nonNull).toList();
    List<TopicRoom> rooms = Stream.of(room, marketRoom).filter(Objects::nonNull).toList();
    Run run = new Run(sender, market, state, time, arguments.whole("count", 1), arguments.positive("duration"));
    Reporter reporter =
        new Reporter(state, System.out, arguments.path("progress-file").orElse(null), () -> senders.forEach(ReliableSender::warnIfStuck));
    // Loads classes and connects while the source starts.
    Thread warmUp = new Thread(() -> senders.forEach(ReliableSender::warmUp), "warm-up");
    warmUp.setDaemon(true);
    warmUp.start();
    rooms.forEach(TopicRoom::watch);
    reporter.start();
    boolean usable = true;
    try {
      work.run(run, reporter, kafka);
    } catch (UsageException e) {
      usable = false;
      throw e;
    } finally {
      // Both at once: after a stop each waits for a while.
      senders.parallelStream().forEach(ReliableSender::drain);
      rooms.forEach(TopicRoom::close);
      if (usable) {
        reporter.close();
      }
    }
    long failed = state.snapshot().failed();
    if (failed > 0) {
      logger().error("{} records failed", failed);
      return 1;
    }
    return 0;
  }

  private static Logger logger() {
    // Created late, after the time zone of the log is set.
    return LoggerFactory.getLogger(Application.class);
  }
}
