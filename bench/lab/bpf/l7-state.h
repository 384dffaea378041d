// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What the l7-kernel program keeps: per connection, per road, per packet. EXPERIMENTAL, see docs/l7-kernel.md.
// Layouts here and in l7-kernel-map.ts must agree; the lab test that loads the program holds the two together.
#pragma once
#include "l4-policy.h"

#define HEADER_BLOCK 1024 // the longest header block that is judged
#define TABLE_SLOTS 128   // 4,096 / 32: the most entries that a default dynamic table can hold
#define PATH_BYTES 64     // the longest path that can be known, as it stands on the wire
#define MOST_STEPS 4096   // pieces of frames that one packet may hold
#define MOST_FIELDS 128   // header fields that one block may hold

// What becomes of a refused call.
enum { OBSERVE, DROP, RESET, REWRITE };

// Numbers of methods. NOT_A_PATH: a table entry of another name. POISONED: the server's own table holds our rewrite.
enum { NOT_A_PATH, UNKNOWN_METHOD, FIRST_METHOD, POISONED = 255 };

// What became of the calls of a packet so far, the worst of them.
enum { ALLOWED, REWRITTEN, SHUT };

enum { IN_PREFACE, IN_FRAME_HEAD, IN_HEADER_BLOCK, IN_OTHER_PAYLOAD };

// Why a connection could not be judged; 0: it could. Names for people are in l7-kernel-map.ts.
enum {
	NOT_HTTP2 = 1,
	BLOCK_TOO_LONG,
	NO_SUCH_ENTRY,
	UNDECIDABLE_INSERTION,
	MALFORMED,
	TOO_MANY_PIECES,
	UNKNOWN_CONNECTION,
	REASONS,
};

struct connection_key {
	__be32 saddr, daddr;
	__be16 sport, dport;
};

struct connection {
	__u32 next;          // sequence number up to which everything was judged
	__u32 left;          // of the frame's payload
	__u32 block_bytes;   // of the header block that are here
	__u32 table_limit;   // HPACK: as the peer set it
	__u32 insertions;    // HPACK: ever made; entry 62 + n was made n insertions ago
	__u16 padding;
	__u16 fields_at;     // where header fields begin, behind padding length and priority
	__u8 phase, head_bytes, frame_type, frame_flags, wants_continuation;
	__u8 closed;         // the action that closed it: nothing more goes through
	__u8 why;
	__u8 head[32];
	__u16 name_bytes[TABLE_SLOTS]; // most that the entry's name can take
	__u8 methods[TABLE_SLOTS];
	__u8 block[2 * HEADER_BLOCK];  // twice: the verifier bounds offset and length each on its own
};

struct method_key {
	__u8 bytes;
	__u8 huffman;
	__u8 pad[2];
	__u8 text[PATH_BYTES];
};

// The method's number, and which bytes of the text make it a path of the same length that no server knows.
struct method {
	__u8 number;
	__u8 poison_at, poison_bytes, pad;
	__u8 poison[4];
};

struct rule_key {
	__u32 identity;
	__u32 method;
};

// Since the road stands; one set per CPU. `unjudged` and `out_of_order` are packets, and void a trial.
struct l7_counters {
	__u64 packets, allowed, denied, unjudged, out_of_order, retransmitted;
	__u64 raw, huffman, indexed, split, dropped, reset, rewritten;
	__u64 why[REASONS];
};

// What changes from step to step lies in map memory, not on the stack: there the verifier would follow each value
// through every turn of bpf_loop, and give up after a million instructions.
struct work {
	__u32 at, end;       // in the packet: the next byte, and behind its last
	__u32 tcp;           // offset of the TCP header
	__u32 identity, action;
	__u32 block_at;      // in the packet: where the whole block lies; 0 when it came in pieces
	__u32 field, fields_end;
	__u32 has_path, outcome, why;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct method_key);
	__type(value, struct method);
} tg_l7_method SEC(".maps");

// Calls that each rule let through.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct rule_key);
	__type(value, __u64);
} tg_l7_rule SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct connection_key);
	__type(value, struct connection);
} tg_l7_conn SEC(".maps");

// By the road's identity number, since interface numbers are not known when maps are filled.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} tg_l7_action SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct l7_counters);
} tg_l7_count SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} tg_l7_work SEC(".maps");

// A connection in which nothing has come yet: too large for the stack.
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct connection);
} tg_l7_fresh SEC(".maps");

// Handed to the steps of bpf_loop: pointers only.
struct walk {
	struct __sk_buff *skb;
	struct connection *conn;
	struct l7_counters *count;
	struct work *work;
};

// Copies 1 to `most` bytes of the packet; 0 when they are there. The barrier keeps the bound in the checked register.
#define LOAD(walk, offset, into, bytes, most)                                                   \
	({                                                                                      \
		__u64 n = (bytes);                                                              \
		int failed = 1;                                                                 \
												\
		asm volatile("" : "+r"(n));                                                     \
		if (n >= 1 && n <= (most))                                                      \
			failed = bpf_skb_load_bytes((walk)->skb, (offset), (into), n) != 0;     \
		failed;                                                                         \
	})

// Ends a walk: from here on the connection cannot be judged.
static __always_inline long lost(struct walk *walk, __u32 why)
{
	walk->work->why = why;
	return 1;
}
