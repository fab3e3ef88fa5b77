/** Which commits of a table are the lake's own, and which are another engine's. */
package io.cryptodm.tables.origin;
