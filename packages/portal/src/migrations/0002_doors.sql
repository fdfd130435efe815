CREATE TABLE "alarm" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"subject" text NOT NULL,
	"cause" jsonb NOT NULL,
	"raised_at" bigint NOT NULL,
	"cleared_at" bigint
);
--> statement-breakpoint
CREATE TABLE "broker_authority" (
	"id" text PRIMARY KEY NOT NULL,
	"certificate" text NOT NULL,
	"secret_sealed" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gateway_certificate" (
	"serial" text PRIMARY KEY NOT NULL,
	"gateway_id" text NOT NULL,
	"fingerprint" text NOT NULL,
	"not_before" bigint NOT NULL,
	"not_after" bigint NOT NULL,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "gateway_enrollment" (
	"gateway_id" text PRIMARY KEY NOT NULL,
	"code_hash" text NOT NULL,
	"ends_at" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "gateway_enrollment_code_hash_unique" UNIQUE("code_hash")
);
--> statement-breakpoint
CREATE TABLE "card_master" (
	"property_id" text PRIMARY KEY NOT NULL,
	"secret_sealed" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lock_condition" (
	"device_id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"hearings" jsonb NOT NULL,
	"battery_levels" jsonb NOT NULL,
	"updated_at" bigint NOT NULL
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
CREATE TABLE "phone" (
	"credential_id" text PRIMARY KEY NOT NULL,
	"code_hash" text,
	"code_ends_at" bigint,
	"public_key" text,
	"token_hash" text,
	"activated_at" bigint,
	CONSTRAINT "phone_code_hash_unique" UNIQUE("code_hash")
);
--> statement-breakpoint
CREATE TABLE "phone_grant" (
	"id" text PRIMARY KEY NOT NULL,
	"credential_id" text NOT NULL,
	"property_id" text NOT NULL,
	"device_id" text NOT NULL,
	"terms" jsonb NOT NULL,
	"not_before" bigint NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "attempt" ADD COLUMN "mode" text DEFAULT 'token' NOT NULL;--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "opens_once" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "replaces_id" text;--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "issue" jsonb;--> statement-breakpoint
ALTER TABLE "key_card" ADD COLUMN "chip" text;--> statement-breakpoint
ALTER TABLE "key_card" ADD COLUMN "slots" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "device" ADD COLUMN "driver" text DEFAULT 'olp' NOT NULL;--> statement-breakpoint
ALTER TABLE "gateway" ADD COLUMN "public_key" text;--> statement-breakpoint
ALTER TABLE "gateway" ADD COLUMN "lan" jsonb;--> statement-breakpoint
ALTER TABLE "lock_desired" ADD COLUMN "refused" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "lock_desired" ADD COLUMN "last_word" jsonb;--> statement-breakpoint
ALTER TABLE "lock_desired" ADD COLUMN "doubted_at" bigint;--> statement-breakpoint
CREATE INDEX "gateway_certificate_gateway" ON "gateway_certificate" USING btree ("gateway_id");--> statement-breakpoint
CREATE INDEX "phone_grant_credential" ON "phone_grant" USING btree ("credential_id");--> statement-breakpoint
CREATE INDEX "attempt_command" ON "attempt" USING btree ("device_id","command_id");