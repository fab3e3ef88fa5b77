package io.cryptodm.contracts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The file with the credential of a lake on this machine: one token, which its owner alone can read. It is read each time, so a new one counts at once. */
public final class CredentialFile {
  /** The user of whom the token is the password. */
  public static final String USER = "cryptodm";

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{16,}");

  private final Path file;

  public CredentialFile(Path file) {
    this.file = file;
  }

  /** @throws IOException when there is no token to be read; the message never quotes what is there */
  public String read() throws IOException {
    String token;
    try {
      token = Files.readString(file).strip();
    } catch (IOException e) {
      throw new IOException("can't read the credential of the lake in " + file + ": " + e.getClass().getSimpleName(), e);
    }
    if (!TOKEN.matcher(token).matches()) {
      throw new IOException(file + " holds no credential: \"cryptodm up\" makes a new one");
    }
    return token;
  }
}
