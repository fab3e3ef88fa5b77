package io.cryptodm.jobs

/** Another lake's part answers where one of this lake is meant: nothing may be read from it nor written to it. */
final class ForeignPart(message: String) extends RuntimeException(message)
