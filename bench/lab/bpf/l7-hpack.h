// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// HPACK (RFC 7541) as far as it takes to know :path, without decoding a string: a string is either raw or Huffman, each
// has one encoding only, so both forms of every known path lie in a map. What is not there is unknown, hence refused.
//
// The dynamic table is a ring of method numbers. Nothing is ever evicted: index 62 + n means "n insertions ago" whatever
// was evicted, and a peer that names an evicted entry breaks its own connection. The one trap is an entry too large to
// be kept, since the length of a Huffman string is known only to lie between 8/30 and 8/5 of its bytes: where that does
// not decide, the connection cannot be judged.
#pragma once
#include "l7-state.h"

#define STATIC_PATH 4  // ":path: /"; 5 is ":path: /index.html"
#define FIRST_DYNAMIC 62

static __always_inline __u8 *byte_at(struct connection *conn, __u32 at)
{
	return &conn->block[at & (HEADER_BLOCK - 1)];
}

// RFC 7541 §5.1; `field` stands behind the first byte.
static __always_inline __u32 integer(struct walk *walk, __u8 first, __u32 mask)
{
	__u32 value = first & mask, shift = 0;

	if (value != mask)
		return value;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		__u8 byte = *byte_at(walk->conn, walk->work->field++);

		value += (__u32)(byte & 127) << shift;
		if (!(byte & 128))
			return value;
		shift += 7;
	}
	walk->work->why = MALFORMED;
	return 0;
}

// The slot of a dynamic index. False: there is no such entry.
static __always_inline int slot_of(struct connection *conn, __u32 index, __u32 *slot)
{
	__u32 age = index - FIRST_DYNAMIC;

	if (age >= TABLE_SLOTS || age >= conn->insertions)
		return 0;
	*slot = (conn->insertions - 1 - age) & (TABLE_SLOTS - 1);
	return 1;
}

struct literal {
	__u32 at, bytes, huffman;
};

// RFC 7541 §5.2. False: longer than any block.
static __always_inline int string(struct walk *walk, struct literal *text)
{
	__u8 first = *byte_at(walk->conn, walk->work->field++);

	text->bytes = integer(walk, first, 127);
	text->huffman = first >> 7;
	text->at = walk->work->field & (HEADER_BLOCK - 1);
	if (text->bytes > HEADER_BLOCK)
		return 0;
	walk->work->field += text->bytes;
	return 1;
}

static __always_inline __u32 most_bytes(struct literal *text)
{
	return text->huffman ? text->bytes * 8 / 5 : text->bytes;
}

static __always_inline __u32 least_bytes(struct literal *text)
{
	return text->huffman ? text->bytes * 8 / 30 : text->bytes;
}

static __always_inline int spells_path(struct connection *conn, struct literal *name)
{
	__u8 *text = byte_at(conn, name->at);

	if (name->huffman)
		return name->bytes == 4 && text[0] == 0xb9 && text[1] == 0x58 && text[2] == 0xd3 && text[3] == 0x3f;
	return name->bytes == 5 && text[0] == ':' && text[1] == 'p' && text[2] == 'a' && text[3] == 't' &&
	       text[4] == 'h';
}

// The rule of this caller for this method counts the call; false when there is none.
static __always_inline int permitted(struct walk *walk, __u32 method)
{
	struct rule_key key = { .identity = walk->work->identity, .method = method };
	__u64 *hits = bpf_map_lookup_elem(&tg_l7_rule, &key);

	if (!hits)
		return 0;
	__sync_fetch_and_add(hits, 1);
	return 1;
}

static __always_inline void worsen(struct walk *walk, __u32 outcome)
{
	if (walk->work->outcome < outcome)
		walk->work->outcome = outcome;
}

// Writes one or two bytes into the packet and mends its checksum, which is taken over pairs of bytes from the TCP header.
static __always_inline void poke(struct walk *walk, __u32 at, const __u8 *bytes, __u32 count)
{
	__u32 even = at - ((at - walk->work->tcp) & 1);
	__u8 before[4], after[4];

	if (bpf_skb_load_bytes(walk->skb, even, before, 4))
		return;
	__builtin_memcpy(after, before, 4);
	if (at != even) {
		after[1] = bytes[0];
		if (count > 1)
			after[2] = bytes[1];
	} else {
		after[0] = bytes[0];
		if (count > 1)
			after[1] = bytes[1];
	}
	bpf_l4_csum_replace(walk->skb, walk->work->tcp + offsetof(struct tcphdr, check), *(__u32 *)before,
			    *(__u32 *)after, 4);
	bpf_skb_store_bytes(walk->skb, even, after, 4, 0);
	walk->count->rewritten++;
}

static __always_inline int may_rewrite(struct walk *walk)
{
	return walk->work->action == REWRITE && walk->work->block_at;
}

// A path that the table holds; its index stands in the block at `at`.
static __always_inline void judge_entry(struct walk *walk, __u32 method, __u32 at, __u8 first)
{
	walk->work->has_path = 1;
	walk->count->indexed++;
	if (method == POISONED) { // the server's own table holds the rewrite: it refuses by itself
		worsen(walk, REWRITTEN);
	} else if (permitted(walk, method)) {
		return;
	} else if (may_rewrite(walk) && (first & 127) != 127) {
		__u8 root[2] = { 0x80 | STATIC_PATH, 0 };

		poke(walk, walk->work->block_at + at, root, 1);
		worsen(walk, REWRITTEN);
	} else {
		worsen(walk, SHUT);
	}
}

// A path as a literal. What it is called from now on, should it enter the table.
static __always_inline __u32 judge_literal(struct walk *walk, struct literal *path)
{
	struct method_key key = {};
	struct method *method = 0;
	__u32 number = UNKNOWN_METHOD;

	walk->work->has_path = 1;
	if (path->huffman)
		walk->count->huffman++;
	else
		walk->count->raw++;
	if (path->bytes && path->bytes <= PATH_BYTES) {
		key.bytes = path->bytes;
		key.huffman = path->huffman;
		bpf_probe_read_kernel(key.text, path->bytes & 127, byte_at(walk->conn, path->at));
		method = bpf_map_lookup_elem(&tg_l7_method, &key);
		if (method)
			number = method->number;
	}
	if (permitted(walk, number))
		return number;
	if (may_rewrite(walk) && method && method->poison_bytes) {
		poke(walk, walk->work->block_at + path->at + method->poison_at, method->poison, method->poison_bytes);
		worsen(walk, REWRITTEN);
		return POISONED;
	}
	worsen(walk, SHUT);
	return number;
}

// One field, RFC 7541 §6: a step of bpf_loop over a whole header block.
static long judge_field(__u32 i, struct walk *walk)
{
	struct connection *conn = walk->conn;
	struct work *work = walk->work;
	struct literal name, value;
	__u32 at = work->field, index, slot, method = NOT_A_PATH, is_path = 0, inserts = 0, name_most = 32;
	__u8 first;

	if (work->field >= work->fields_end)
		return 1;
	first = *byte_at(conn, work->field++);
	if (first & 0x80) { // indexed
		index = integer(walk, first, 127);
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
		return work->field > work->fields_end ? lost(walk, MALFORMED) : 0;
	}
	if ((first & 0xe0) == 0x20) { // a new table size
		conn->table_limit = integer(walk, first, 31);
		return 0;
	}
	if (first & 0x40) { // literal, enters the table
		index = integer(walk, first, 63);
		inserts = 1;
	} else { // literal, does not
		index = integer(walk, first, 15);
	}
	if (index == 0) {
		if (!string(walk, &name))
			return lost(walk, MALFORMED);
		is_path = spells_path(conn, &name);
		name_most = most_bytes(&name);
	} else if (index == STATIC_PATH || index == STATIC_PATH + 1) {
		is_path = 1;
		name_most = sizeof(":path") - 1;
	} else if (index >= FIRST_DYNAMIC) {
		if (!slot_of(conn, index, &slot))
			return lost(walk, NO_SUCH_ENTRY);
		is_path = conn->methods[slot] != NOT_A_PATH;
		name_most = conn->name_bytes[slot];
	}
	if (work->field >= work->fields_end || !string(walk, &value) || work->field > work->fields_end || work->why)
		return lost(walk, MALFORMED);
	if (is_path)
		method = judge_literal(walk, &value);
	if (inserts) {
		if (name_most + most_bytes(&value) + 32 <= conn->table_limit) {
			slot = conn->insertions++ & (TABLE_SLOTS - 1);
			conn->methods[slot] = method;
			conn->name_bytes[slot] = name_most;
		} else if (least_bytes(&value) + 32 <= conn->table_limit) {
			return lost(walk, UNDECIDABLE_INSERTION);
		}
	}
	return 0;
}
