CREATE TABLE "card_master" (
	"property_id" text PRIMARY KEY NOT NULL,
	"secret_sealed" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lock_log" (
	"device_id" text NOT NULL,
	"property_id" text NOT NULL,
	"resets" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"entry" text NOT NULL,
	"account" jsonb NOT NULL,
	"occurred_at" bigint,
	"historical" boolean NOT NULL,
	"received_at" bigint NOT NULL,
	CONSTRAINT "lock_log_device_id_resets_seq_pk" PRIMARY KEY("device_id","resets","seq")
);
--> statement-breakpoint
CREATE TABLE "lock_reader" (
	"device_id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"reader" jsonb NOT NULL,
	"told" jsonb,
	"withheld" jsonb,
	"lost_at" bigint,
	"last_reading" jsonb,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "opens_once" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "replaces_id" text;--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "issue" jsonb;--> statement-breakpoint
ALTER TABLE "key_card" ADD COLUMN "chip" text;--> statement-breakpoint
ALTER TABLE "key_card" ADD COLUMN "slots" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "gateway" ADD COLUMN "public_key" text;--> statement-breakpoint
CREATE INDEX "attempt_command" ON "attempt" USING btree ("device_id","command_id");