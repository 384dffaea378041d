// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// HTTP/2 frames (RFC 9113 §4) over the borders of packets: one step of bpf_loop takes a piece of the preface, of a frame
// head, of a header block, or of a payload that does not matter. A piece of a block that has gone through does no harm:
// the server cannot act before the last piece, and that one is judged.
#pragma once
#include "l7-fields.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_BYTES 24
#define HEAD_BYTES 9

enum { HEADERS = 1, CONTINUATION = 9 };
enum { END_HEADERS = 4, PADDED = 8, PRIORITY = 32 };

static __always_inline long take_preface(struct walk *walk)
{
	struct connection *conn = walk->conn;
	__u32 have = conn->head_bytes & 31, bytes = walk->work->end - walk->work->at;

	if (have >= PREFACE_BYTES)
		return lost(walk, MALFORMED);
	if (bytes > PREFACE_BYTES - have)
		bytes = PREFACE_BYTES - have;
	if (LOAD(walk, walk->work->at, conn->block + have, bytes, PREFACE_BYTES))
		return lost(walk, MALFORMED);
	conn->head_bytes = have + bytes;
	walk->work->at += bytes;
#pragma unroll
	for (int i = 0; i < PREFACE_BYTES; i++)
		if (i < conn->head_bytes && conn->block[i] != PREFACE[i])
			return lost(walk, NOT_HTTP2);
	if (conn->head_bytes == PREFACE_BYTES) {
		conn->head_bytes = 0;
		conn->phase = IN_FRAME_HEAD;
	}
	return 0;
}

static __always_inline long take_other_payload(struct walk *walk)
{
	struct connection *conn = walk->conn;
	__u32 here = walk->work->end - walk->work->at;
	__u32 bytes = conn->left < here ? conn->left : here;

	walk->work->at += bytes;
	conn->left -= bytes;
	if (!conn->left)
		conn->phase = IN_FRAME_HEAD;
	return 0;
}

static __always_inline long take_frame_head(struct walk *walk)
{
	struct connection *conn = walk->conn;
	__u32 have = conn->head_bytes & 15, bytes = HEAD_BYTES - have, here = walk->work->end - walk->work->at;

	if (have >= HEAD_BYTES)
		return lost(walk, MALFORMED);
	if (bytes > here)
		bytes = here;
	if (LOAD(walk, walk->work->at, conn->head + have, bytes, HEAD_BYTES))
		return lost(walk, MALFORMED);
	walk->work->at += bytes;
	conn->head_bytes = have + bytes;
	if (conn->head_bytes < HEAD_BYTES)
		return 0;

	conn->head_bytes = 0;
	conn->left = (__u32)conn->head[0] << 16 | (__u32)conn->head[1] << 8 | conn->head[2];
	conn->frame_type = conn->head[3];
	conn->frame_flags = conn->head[4];
	// A block must end before any other frame comes (RFC 9113 §6.10).
	if (conn->wants_continuation != (conn->frame_type == CONTINUATION))
		return lost(walk, MALFORMED);
	if (conn->frame_type != HEADERS && conn->frame_type != CONTINUATION) {
		conn->phase = conn->left ? IN_OTHER_PAYLOAD : IN_FRAME_HEAD;
		return 0;
	}
	if (conn->frame_type == HEADERS) {
		conn->block_bytes = 0;
		conn->fields_at = 0;
		conn->padding = 0;
	}
	walk->work->block_at = 0;
	conn->phase = IN_HEADER_BLOCK;
	return conn->left + conn->block_bytes > HEADER_BLOCK ? lost(walk, BLOCK_TOO_LONG) : 0;
}

// The end of a HEADERS frame: padding length and priority stand before the fields, padding behind them.
static __always_inline int strip_padding(struct connection *conn)
{
	if (conn->frame_flags & PADDED) {
		conn->padding = conn->block[0];
		conn->fields_at = 1;
	}
	if (conn->frame_flags & PRIORITY)
		conn->fields_at += 5;
	if (conn->fields_at + conn->padding > conn->block_bytes)
		return 0;
	conn->block_bytes -= conn->padding;
	return 1;
}

static __always_inline long judge_block(struct walk *walk)
{
	struct connection *conn = walk->conn;
	struct work *work = walk->work;

	work->field = conn->fields_at;
	work->fields_end = conn->block_bytes;
	work->has_path = 0;
	work->outcome = ALLOWED;
	bpf_loop(MOST_FIELDS, judge_field, walk, 0);
	if (!work->why && work->field < work->fields_end)
		work->why = TOO_MANY_PIECES;
	if (work->why)
		return 1;
	if (!work->has_path)
		return 0;
	if (work->outcome == ALLOWED)
		walk->count->allowed++;
	else
		walk->count->denied++;
	return work->outcome == SHUT && work->action != OBSERVE;
}

static __always_inline long take_block(struct walk *walk)
{
	struct connection *conn = walk->conn;
	struct work *work = walk->work;
	__u32 here = work->end - work->at, have = conn->block_bytes;
	__u32 bytes = conn->left < here ? conn->left : here;

	if (bytes) {
		if (have > HEADER_BLOCK - 1 || bytes > HEADER_BLOCK)
			return lost(walk, BLOCK_TOO_LONG);
		have &= HEADER_BLOCK - 1;
		work->block_at = have == 0 && conn->frame_type == HEADERS ? work->at : 0;
		if (LOAD(walk, work->at, conn->block + have, bytes, HEADER_BLOCK))
			return lost(walk, MALFORMED);
		conn->block_bytes += bytes;
		conn->left -= bytes;
		work->at += bytes;
	}
	if (conn->left) {
		walk->count->split++;
		return 0;
	}
	conn->phase = IN_FRAME_HEAD;
	if (conn->frame_type == HEADERS && !strip_padding(conn))
		return lost(walk, MALFORMED);
	conn->wants_continuation = !(conn->frame_flags & END_HEADERS);
	return conn->wants_continuation ? 0 : judge_block(walk);
}

static long take_piece(__u32 i, struct walk *walk)
{
	// A frame may be empty: it is taken together with its head.
	if (walk->work->at >= walk->work->end)
		return 1;
	switch (walk->conn->phase) {
	case IN_PREFACE:
		return take_preface(walk);
	case IN_OTHER_PAYLOAD:
		return take_other_payload(walk);
	case IN_FRAME_HEAD:
		if (take_frame_head(walk))
			return 1;
		if (walk->conn->phase != IN_HEADER_BLOCK)
			return 0;
	}
	return take_block(walk);
}
