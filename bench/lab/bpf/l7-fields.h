// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// Header fields (RFC 7541 §6): indexed, literal with and without insertion, and new table sizes.
#pragma once
#include "l7-verdict.h"

// An entry of a table, named by its index alone.
static __always_inline long take_indexed(struct walk *walk, __u32 at, __u8 first)
{
	struct connection *conn = walk->conn;
	__u32 index = integer(walk, first, 127), slot;

	if (index == STATIC_PATH || index == STATIC_PATH + 1) {
		judge_entry(walk, UNKNOWN_METHOD, at, first);
	} else if (index >= FIRST_DYNAMIC) {
		if (!slot_of(conn, index, &slot))
			return lost(walk, NO_SUCH_ENTRY);
		if (conn->methods[slot] != NOT_A_PATH)
			judge_entry(walk, conn->methods[slot], at, first);
	} else if (!index) {
		return lost(walk, MALFORMED);
	}
	return walk->work->field > walk->work->fields_end ? lost(walk, MALFORMED) : 0;
}

struct name {
	__u32 is_path, most_bytes;
};

// The name of a literal: spelled out, or that of a table's entry. False: the walk is lost, for `why`.
static __always_inline int take_name(struct walk *walk, __u32 index, struct name *name, __u32 *why)
{
	struct connection *conn = walk->conn;
	struct literal text;
	__u32 slot;

	name->is_path = 0;
	name->most_bytes = 32; // the longest of the static table has 27
	if (index == 0) {
		*why = MALFORMED;
		if (!string(walk, &text))
			return 0;
		name->is_path = spells_path(conn, &text);
		name->most_bytes = most_bytes(&text);
	} else if (index == STATIC_PATH || index == STATIC_PATH + 1) {
		name->is_path = 1;
		name->most_bytes = sizeof(":path") - 1;
	} else if (index >= FIRST_DYNAMIC) {
		*why = NO_SUCH_ENTRY;
		if (!slot_of(conn, index, &slot))
			return 0;
		name->is_path = conn->methods[slot] != NOT_A_PATH;
		name->most_bytes = conn->name_bytes[slot];
	}
	return 1;
}

// Whether the peer's table took the entry is known only where its size is.
static __always_inline long insert(struct walk *walk, struct name *name, struct literal *value, __u32 method)
{
	struct connection *conn = walk->conn;
	__u32 slot;

	if (name->most_bytes + most_bytes(value) + 32 <= conn->table_limit) {
		slot = conn->insertions++ & (TABLE_SLOTS - 1);
		conn->methods[slot] = method;
		conn->name_bytes[slot] = name->most_bytes;
	} else if (least_bytes(value) + 32 <= conn->table_limit) {
		return lost(walk, UNDECIDABLE_INSERTION);
	}
	return 0;
}

// One field: a step of bpf_loop over a whole header block.
static long judge_field(__u32 i, struct walk *walk)
{
	struct work *work = walk->work;
	struct literal value;
	struct name name;
	__u32 at = work->field, method = NOT_A_PATH, inserts, why = 0;
	__u8 first;

	if (work->field >= work->fields_end)
		return 1;
	first = *byte_at(walk->conn, work->field++);
	if (first & 0x80)
		return take_indexed(walk, at, first);
	if ((first & 0xe0) == 0x20) { // a new table size
		walk->conn->table_limit = integer(walk, first, 31);
		return 0;
	}
	inserts = first & 0x40;
	if (!take_name(walk, integer(walk, first, inserts ? 63 : 15), &name, &why))
		return lost(walk, why);
	if (work->field >= work->fields_end || !string(walk, &value) || work->field > work->fields_end || work->why)
		return lost(walk, MALFORMED);
	if (name.is_path)
		method = judge_literal(walk, &value);
	return inserts ? insert(walk, &name, &value, method) : 0;
}
