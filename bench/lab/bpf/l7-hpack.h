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
