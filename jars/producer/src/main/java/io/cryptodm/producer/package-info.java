/** What both producers share: arguments, sending to Kafka without loss, pacing, back-off, progress and the end of a run. */
package io.cryptodm.producer;
