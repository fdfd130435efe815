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
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL
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
	"token_host_id" text,
	"ended_at" bigint,
	"result" jsonb
);
--> statement-breakpoint
CREATE TABLE "mail" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"member_id" text NOT NULL,
	"invitation_id" text,
	"kind" text NOT NULL,
	"link_hash" text,
	"content_sealed" text NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_attempt_at" bigint NOT NULL,
	"last_fault" text,
	"created_at" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE TABLE "webhook_delivery" (
	"id" text PRIMARY KEY NOT NULL,
	"endpoint_id" text NOT NULL,
	"feed_id" text NOT NULL,
	"position" bigint NOT NULL,
	"event_id" text NOT NULL,
	"event_type" text NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_attempt_at" bigint NOT NULL,
	"give_up_at" bigint NOT NULL,
	"last_status" integer,
	"last_fault" text,
	"created_at" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoint" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"url" text NOT NULL,
	"event_types" jsonb,
	"property_ids" jsonb,
	"secrets" jsonb NOT NULL,
	"state" text NOT NULL,
	"disabled_because" text,
	"failing_since" bigint,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "directory_integration" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"connected_as" text NOT NULL,
	"credentials_sealed" text,
	"scim_token_hash" text,
	"tenant_id" text,
	"guests" text NOT NULL,
	"group_ids" jsonb NOT NULL,
	"own_domains" jsonb NOT NULL,
	"sign_in_method" text,
	"bound" jsonb,
	"automatic_sync" boolean NOT NULL,
	"next_run_at" bigint,
	"health" text NOT NULL,
	"held_because" jsonb NOT NULL,
	"failures" integer NOT NULL,
	"read_all_at" bigint,
	"delta_token_sealed" text,
	"last_run" jsonb,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "directory_link" (
	"integration_id" text NOT NULL,
	"directory_id" text NOT NULL,
	"member_id" text NOT NULL,
	"profile" jsonb NOT NULL,
	"removed" boolean NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "directory_link_integration_id_directory_id_pk" PRIMARY KEY("integration_id","directory_id")
);
--> statement-breakpoint
CREATE TABLE "directory_review" (
	"id" text PRIMARY KEY NOT NULL,
	"integration_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"state" text NOT NULL,
	"fault" text,
	"started_by" jsonb NOT NULL,
	"host_id" text NOT NULL,
	"progress" jsonb NOT NULL,
	"counts" jsonb,
	"held" jsonb NOT NULL,
	"data_key_sealed" text,
	"chunks" integer NOT NULL,
	"contents" jsonb NOT NULL,
	"sync_run_id" text,
	"plan_id" text,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "directory_review_chunk" (
	"review_id" text NOT NULL,
	"position" integer NOT NULL,
	"sealed" text NOT NULL,
	CONSTRAINT "directory_review_chunk_review_id_position_pk" PRIMARY KEY("review_id","position")
);
--> statement-breakpoint
CREATE TABLE "sync_receipt" (
	"sync_run_id" text NOT NULL,
	"position" integer NOT NULL,
	"member_id" text NOT NULL,
	"status" text NOT NULL,
	"because" text,
	CONSTRAINT "sync_receipt_sync_run_id_position_pk" PRIMARY KEY("sync_run_id","position")
);
--> statement-breakpoint
CREATE TABLE "sync_run" (
	"id" text PRIMARY KEY NOT NULL,
	"integration_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"trigger" text NOT NULL,
	"actor" jsonb NOT NULL,
	"state" text NOT NULL,
	"plan_id" text,
	"counts" jsonb NOT NULL,
	"held" jsonb NOT NULL,
	"fault" text,
	"receipts" integer NOT NULL,
	"host_id" text,
	"started_at" bigint NOT NULL,
	"ended_at" bigint
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
CREATE TABLE "gateway" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"name" text NOT NULL,
	"secret_hash" text NOT NULL,
	"online" boolean NOT NULL,
	"host_id" text,
	"last_seen_at" bigint,
	"version" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"id" integer PRIMARY KEY NOT NULL,
	"sealing_check" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_change" (
	"version" bigint PRIMARY KEY NOT NULL,
	"commit_id" text NOT NULL,
	"change" text NOT NULL,
	"committed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL,
	"follows" bigint NOT NULL,
	CONSTRAINT "ledger_head_follows" CHECK ("ledger_head"."version" = "ledger_head"."follows" + 1)
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
CREATE TABLE "invitation" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"member_id" text NOT NULL,
	"grantor" jsonb NOT NULL,
	"expires_at" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	"ended_at" bigint,
	"ended_as" text
);
--> statement-breakpoint
CREATE TABLE "member" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"account_id" text,
	"name" text,
	"email" text NOT NULL,
	"email_key" text NOT NULL,
	"state" text NOT NULL,
	"organization_owner" boolean NOT NULL,
	"workplace_role" text,
	"licensed" boolean NOT NULL,
	"desk_id" text,
	"sign_in_method" text NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"activated_at" bigint,
	"last_seen_at" bigint,
	"ended_at" bigint,
	"former_property_ids" jsonb NOT NULL,
	"actions_used" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reservation" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"desk_id" text NOT NULL,
	"member_id" text NOT NULL,
	"creator_id" text NOT NULL,
	"starts_at" bigint NOT NULL,
	"ends_at" bigint NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"cancelled_at" bigint
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
CREATE TABLE "event" (
	"feed_id" text NOT NULL,
	"position" bigint NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "event_feed_id_position_pk" PRIMARY KEY("feed_id","position")
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
CREATE TABLE "scim_group" (
	"id" text PRIMARY KEY NOT NULL,
	"integration_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"display_name_key" text NOT NULL,
	"external_id" text,
	"resource" jsonb NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scim_membership" (
	"group_id" text NOT NULL,
	"member_id" text NOT NULL,
	"display" text,
	CONSTRAINT "scim_membership_group_id_member_id_pk" PRIMARY KEY("group_id","member_id")
);
--> statement-breakpoint
CREATE TABLE "scim_user" (
	"id" text PRIMARY KEY NOT NULL,
	"integration_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"user_name_key" text NOT NULL,
	"external_id" text,
	"email_keys" jsonb NOT NULL,
	"resource" jsonb NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"email_key" text NOT NULL,
	"password_hash" text,
	"known_addresses" jsonb NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_identity" (
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"account_id" text NOT NULL,
	"provider" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "account_identity_issuer_subject_pk" PRIMARY KEY("issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "api_key" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"creator_id" text NOT NULL,
	"name" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"token_hash" text NOT NULL,
	"token_hint" text NOT NULL,
	"rotated_from_id" text,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"last_used_at" bigint,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "app" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"redirect_uris" jsonb NOT NULL,
	"scopes" jsonb NOT NULL,
	"secret_hash" text,
	"created_at" bigint NOT NULL,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "app_grant" (
	"id" text PRIMARY KEY NOT NULL,
	"app_id" text NOT NULL,
	"member_id" text NOT NULL,
	"property_id" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"method" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "app_token" (
	"id" text PRIMARY KEY NOT NULL,
	"grant_id" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"expires_at" bigint NOT NULL,
	"payload_sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oauth_record" (
	"id" text PRIMARY KEY NOT NULL,
	"uid_hash" text,
	"payload_sealed" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"consumed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "oauth_secret" (
	"generation" integer PRIMARY KEY NOT NULL,
	"secrets_sealed" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"member_id" text NOT NULL,
	"channel" text NOT NULL,
	"method" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"ended_at" bigint,
	"ended_because" text
);
--> statement-breakpoint
CREATE TABLE "setup_link" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"member_id" text NOT NULL,
	"purpose" text NOT NULL,
	"invitation_id" text,
	"expires_at" bigint NOT NULL,
	"ended_at" bigint,
	"ended_as" text
);
--> statement-breakpoint
CREATE TABLE "sso_handover" (
	"state_hash" text PRIMARY KEY NOT NULL,
	"code_hash" text NOT NULL,
	"code_challenge" text NOT NULL,
	"account_id" text NOT NULL,
	"provider" text NOT NULL,
	"channel" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"used_at" bigint
);
--> statement-breakpoint
CREATE TABLE "desk" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" bigint NOT NULL,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "organization" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"schemes" jsonb NOT NULL,
	"plan" text NOT NULL,
	"licenses" integer NOT NULL,
	"subscription_ends_at" bigint,
	"peer_management" boolean NOT NULL,
	"root_public_key" text NOT NULL,
	"root_secret_sealed" text NOT NULL,
	"version" integer NOT NULL,
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
	"settings" jsonb NOT NULL,
	"integrated_apps" jsonb NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"removed_at" bigint
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
CREATE INDEX "attempt_entrance" ON "attempt" USING btree ("entrance_id","id");--> statement-breakpoint
CREATE INDEX "attempt_open" ON "attempt" USING btree ("ended_at");--> statement-breakpoint
CREATE INDEX "mail_due" ON "mail" USING btree ("state","next_attempt_at");--> statement-breakpoint
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery" USING btree ("state","endpoint_id","next_attempt_at");--> statement-breakpoint
CREATE INDEX "webhook_delivery_endpoint" ON "webhook_delivery" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE INDEX "webhook_delivery_ended" ON "webhook_delivery" USING btree ("ended_at");--> statement-breakpoint
CREATE UNIQUE INDEX "directory_integration_kind" ON "directory_integration" USING btree ("organization_id","kind");--> statement-breakpoint
CREATE INDEX "directory_link_member" ON "directory_link" USING btree ("member_id");--> statement-breakpoint
CREATE INDEX "sync_run_integration" ON "sync_run" USING btree ("integration_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "device_tag" ON "device" USING btree ("property_id","tag");--> statement-breakpoint
CREATE INDEX "ledger_change_age" ON "ledger_change" USING btree ("committed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "member_email" ON "member" USING btree ("organization_id","email_key") WHERE state <> 'removed';--> statement-breakpoint
CREATE INDEX "member_account" ON "member" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "reservation_desk" ON "reservation" USING btree ("desk_id","starts_at");--> statement-breakpoint
CREATE INDEX "idempotent_reply_age" ON "idempotent_reply" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "scim_group_name" ON "scim_group" USING btree ("integration_id","display_name_key");--> statement-breakpoint
CREATE INDEX "scim_membership_member" ON "scim_membership" USING btree ("member_id");--> statement-breakpoint
CREATE UNIQUE INDEX "scim_user_name" ON "scim_user" USING btree ("integration_id","user_name_key");--> statement-breakpoint
CREATE UNIQUE INDEX "account_email" ON "account" USING btree ("email_key");--> statement-breakpoint
CREATE UNIQUE INDEX "api_key_token" ON "api_key" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "app_token_expiry" ON "app_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oauth_record_uid" ON "oauth_record" USING btree ("uid_hash");--> statement-breakpoint
CREATE INDEX "oauth_record_expiry" ON "oauth_record" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "session_token" ON "session" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "sso_handover_code" ON "sso_handover" USING btree ("code_hash");