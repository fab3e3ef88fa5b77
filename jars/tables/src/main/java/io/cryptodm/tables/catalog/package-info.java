/** Opens the lake's catalog, and creates and evolves the tables that the spec declares. */
package io.cryptodm.tables.catalog;
