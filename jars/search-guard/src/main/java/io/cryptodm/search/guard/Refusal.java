package io.cryptodm.search.guard;

/** Why a request is refused. @param status of the answer: 401, 403 or 415 */
record Refusal(int status, String reason) {}
