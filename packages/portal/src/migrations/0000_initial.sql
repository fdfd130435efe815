CREATE TABLE "access_key" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"holder_id" text NOT NULL,
	"creator_id" text NOT NULL,
	"entrance_ids" jsonb NOT NULL,
	"starts_at" bigint NOT NULL,
	"ends_at" bigint,
	"schedule" jsonb,
	"revoked_at" bigint,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_setup" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"member_id" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"used_at" bigint
);
--> statement-breakpoint
CREATE TABLE "api_key" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"creator_id" text NOT NULL,
	"name" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" bigint NOT NULL,
	"last_used_at" bigint,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "assignment" (
	"member_id" text NOT NULL,
	"property_id" text NOT NULL,
	"role" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "assignment_member_id_property_id_pk" PRIMARY KEY("member_id","property_id")
);
--> statement-breakpoint
CREATE TABLE "attempt" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"entrance_id" text NOT NULL,
	"device_id" text,
	"gateway_id" text,
	"holder_id" text NOT NULL,
	"actor" jsonb NOT NULL,
	"key_id" text,
	"channel" text NOT NULL,
	"app" text,
	"command_id" text NOT NULL,
	"state" text NOT NULL,
	"code" text,
	"because" text,
	"explanation" text,
	"deadline" bigint NOT NULL,
	"requested_at" bigint NOT NULL,
	"accepted_at" bigint,
	"sent_at" bigint,
	"acknowledged_at" bigint,
	"token_possible_at" bigint,
	"ended_at" bigint,
	"result" jsonb
);
--> statement-breakpoint
CREATE TABLE "audit_entry" (
	"organization_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"entry" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "audit_entry_organization_id_seq_pk" PRIMARY KEY("organization_id","seq")
);
--> statement-breakpoint
CREATE TABLE "device" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"entrance_id" text NOT NULL,
	"tag" text NOT NULL,
	"public_key" text NOT NULL,
	"identity_public_key" text NOT NULL,
	"observation" jsonb,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "entrance" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"name" text NOT NULL,
	"mode" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event" (
	"property_id" text NOT NULL,
	"position" bigint NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "event_property_id_position_pk" PRIMARY KEY("property_id","position")
);
--> statement-breakpoint
CREATE TABLE "gateway" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"name" text NOT NULL,
	"secret_hash" text NOT NULL,
	"online" boolean NOT NULL,
	"last_seen_at" bigint,
	"version" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotent_reply" (
	"scope" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" integer NOT NULL,
	"reply_sealed" text,
	"attempt_id" text,
	"created_at" bigint NOT NULL,
	CONSTRAINT "idempotent_reply_scope_key_pk" PRIMARY KEY("scope","key")
);
--> statement-breakpoint
CREATE TABLE "member" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_key" text NOT NULL,
	"state" text NOT NULL,
	"organization_owner" boolean NOT NULL,
	"password_hash" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organization" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"root_public_key" text NOT NULL,
	"root_secret_sealed" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "property" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"name" text NOT NULL,
	"time_zone" text NOT NULL,
	"tag" text NOT NULL,
	"epoch" integer NOT NULL,
	"remote_unlock" boolean NOT NULL,
	"integrated_apps" jsonb NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "property_signer" (
	"property_id" text NOT NULL,
	"use" text NOT NULL,
	"epoch" integer NOT NULL,
	"public_key" text NOT NULL,
	"secret_sealed" text NOT NULL,
	"certificate" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "property_signer_property_id_use_epoch_pk" PRIMARY KEY("property_id","use","epoch")
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"member_id" text NOT NULL,
	"channel" text NOT NULL,
	"app" text,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE UNIQUE INDEX "api_key_token" ON "api_key" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "attempt_entrance" ON "attempt" USING btree ("entrance_id","id");--> statement-breakpoint
CREATE INDEX "attempt_open" ON "attempt" USING btree ("ended_at");--> statement-breakpoint
CREATE UNIQUE INDEX "device_tag" ON "device" USING btree ("property_id","tag");--> statement-breakpoint
CREATE INDEX "idempotent_reply_age" ON "idempotent_reply" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "member_email" ON "member" USING btree ("email_key");--> statement-breakpoint
CREATE UNIQUE INDEX "session_token" ON "session" USING btree ("token_hash");