// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// What becomes of one call once its :path is known: counted by its rule, or refused; and in mode REWRITE, the bytes that
// make it a path no server knows.
#pragma once
#include "l7-hpack.h"

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

// What a path that no map names is spoilt with: no service of ours begins so. Huffman's code of another letter is as long
// only by chance, so that an unknown path in that form is dropped.
#define BLUR '~'

struct spoiler {
	__u32 at, count; // in the path; 0 bytes: it cannot be spoilt
	__u8 bytes[4];
};

static __always_inline void find_spoiler(struct walk *walk, struct literal *path, struct method *known,
					 struct spoiler *spoiler)
{
	if (known && known->poison_bytes) {
		spoiler->at = known->poison_at;
		spoiler->count = known->poison_bytes;
		__builtin_memcpy(spoiler->bytes, known->poison, 4);
	} else if (!path->huffman && path->bytes > 1 && *byte_at(walk->conn, path->at + 1) != BLUR) {
		spoiler->at = 1; // behind the slash
		spoiler->count = 1;
		spoiler->bytes[0] = BLUR;
	}
}

// A path as a literal. What it is called from now on, should it enter the table.
static __always_inline __u32 judge_literal(struct walk *walk, struct literal *path)
{
	struct method_key key = {};
	struct method *method = 0;
	struct spoiler spoiler = {};
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
	find_spoiler(walk, path, method, &spoiler);
	if (may_rewrite(walk) && spoiler.count) {
		poke(walk, walk->work->block_at + path->at + spoiler.at, spoiler.bytes, spoiler.count);
		worsen(walk, REWRITTEN);
		return POISONED;
	}
	worsen(walk, SHUT);
	return number;
}
