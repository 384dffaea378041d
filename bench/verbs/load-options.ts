/**
 * The flags that commands which drive load have in common: what is called, how much, over which connections.
 */
import { Option, type Command } from "commander";
import { arrivalSpec } from "../load/arrival-spec.js";
import { cpuList } from "../load/cpu-list.js";
import { metadataField } from "../load/metadata-field.js";
import { choice, count, duration, durationOrZero, rate } from "../options.js";
import { readOption } from "./read-option.js";

export function addCallOptions(command: Command): void {
  command
    .option("--proto <file>", "where the method is declared (default: payments.proto)")
    .option("--data <json|@file>", "the request, or an array of them sent in turn (default: seeded payments, else {})")
    .addOption(
      new Option("--metadata <name=value>", "sent with each call; may be given more than once")
        .argParser(collectMetadata)
        .default([], "none"),
    );
}

export function addRhythmOptions(command: Command): void {
  command
    .option("--rate <calls/s>", "open loop: calls leave when they are due, e.g. 1000 or 2.5k", rate("--rate"))
    .option("--arrival <how>", "poisson (default), constant, ramp:A..B, step:A..B/N, replay:FILE", arrival)
    .option("--in-flight <n>", "closed loop: each answer asks for the next call", count("--in-flight"))
    .option("--overflow <what>", "of calls due while no stream is free: queue or drop", overflow, "queue");
}

export function addConnectionOptions(command: Command): void {
  command
    .option("--connections <n>", "over all workers (default: one per worker)", count("--connections"))
    .option("--streams <n>", "calls in flight per connection at most (default: 100)", count("--streams"))
    .option("--workers <n>", "processes that share the load", count("--workers"), 1)
    .option("--cpus <list>", "pin the workers, e.g. 1 or 2-3", cpuList("--cpus"))
    .option("--idle <strategy>", "how a worker waits: auto, sleep, hybrid or spin", idle, "auto")
    .addOption(readOption("--timeout <time>", "deadline of each call; 0: none", durationOrZero, "2s"))
    .addOption(readOption("--connect-timeout <time>", "until a connection must stand", duration, "5s"))
    .option("--seed <n>", "of arrivals and payloads (default: a new one, shown)", count("--seed", 0));
}

export function addTlsOptions(command: Command): void {
  command
    .option("--tls", "TLS, checked against the system's authorities")
    .option("--cacert <file>", "PEM of the authority to trust instead")
    .option("--cert <file>", "PEM of our own certificate")
    .option("--key <file>", "PEM of its private key")
    .option("--servername <name>", "whom the certificate must be for (default: the target's host)")
    .option("--authority <name>", ":authority of the calls (default: the target)")
    .option("--allow-missing-alpn", "take a peer that negotiates no protocol");
}

export const transport = choice("--transport", ["lean", "grpc-js"]);
const arrival = arrivalSpec("--arrival");
const overflow = choice("--overflow", ["queue", "drop"]);
const idle = choice("--idle", ["auto", "sleep", "hybrid", "spin"]);

type Collected = readonly (readonly [name: string, value: string])[];
const collectMetadata = (text: string, before: Collected): Collected => [...before, metadataField("--metadata")(text)];
