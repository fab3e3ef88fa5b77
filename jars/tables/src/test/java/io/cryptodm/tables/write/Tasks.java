package io.cryptodm.tables.write;

import static io.cryptodm.tables.TestLake.TOPIC;

import io.cryptodm.contracts.Generations;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Parts of a batch as the tasks of a cluster give them: what goes to a task and comes back is serialized. */
public final class Tasks {
  private static final Generations GENERATIONS = Generations.whole(1);

  private Tasks() {}

  /** What a task gives of its rows. */
  public static TaskSlice slice(KeyedTable table, List<Row> rows) {
    TaskRows task = sent(table.forTasks(TOPIC, GENERATIONS).orElseThrow()).collect();
    int columns = table.columns().size();
    for (Row row : rows) {
      Object[] values = new Object[columns];
      for (int column = 0; column < columns; column++) {
        values[column] = row.value(column);
      }
      task.add(row.partition(), row.offset(), values);
    }
    return sent(task.finish());
  }

  /** The batch of some tasks, which ends after its last row. */
  @SafeVarargs
  public static RowBatch batch(KeyedTable table, List<Row>... parts) {
    Map<Integer, Long> ends = new HashMap<>();
    List<Row> rows = new ArrayList<>();
    List<TaskFile> files = new ArrayList<>();
    for (List<Row> part : parts) {
      TaskSlice slice = slice(table, part);
      RowBytes.decode(slice.rows(), rows);
      files.addAll(slice.files());
      part.forEach(row -> ends.merge(row.partition(), row.offset() + 1, Math::max));
    }
    return new RowBatch(TOPIC, GENERATIONS, new TopicOffsets(1, ends), rows, files);
  }

  @SuppressWarnings("unchecked")
  private static <T> T sent(T value) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(value);
      }
      try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
        return (T) in.readObject();
      }
    } catch (IOException | ClassNotFoundException e) {
      throw new AssertionError("It cannot be sent to a task", e);
    }
  }
}
