package io.cryptodm.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cryptodm.contracts.Spec;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TopicRoomTest {
  private static final Spec.Bound BOUND = new Spec.Bound(1_000_000_000, Duration.ofDays(7));

  private static String judge(boolean paused, long megabytes) {
    return TopicRoom.judge("quotes", BOUND, paused, megabytes * 1_000_000);
  }

  @Test
  void aTopicIsFullBelowItsBoundAndHasRoomAgainFurtherBelow() {
    assertNull(judge(false, 899));
    assertEquals("quotes holds 900 MB of at most 1,000 MB, which the jobs have not taken yet", judge(false, 900));
    assertEquals("quotes holds 800 MB of at most 1,000 MB, which the jobs have not taken yet", judge(true, 800));
    assertNull(judge(true, 799));
  }
}
