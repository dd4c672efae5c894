# One region of the system, whole: nothing here reads or writes what is in another.

locals {
  tenant_ids    = toset(keys(var.tenants))
  researchers   = { for tenant, its in var.tenants : tenant => its.researchers if length(its.researchers) > 0 }
  bucket_prefix = coalesce(var.bucket_prefix, "${var.project}-${var.region}")
  name          = "neural${var.suffix}"
  instance      = "telemetry${var.suffix}"
  dataset       = "neural${replace(var.suffix, "-", "_")}"
  images        = var.release == null ? {} : { for job in ["stream", "batch", "rewrap"] : job => "${module.images.address}/${job}:${var.release.tag}" }
}

module "identities" {
  source = "../identities"

  project = var.project
  suffix  = var.suffix
}

locals {
  who   = module.identities.members
  email = module.identities.emails
}

module "kms" {
  source = "../kms"

  project          = var.project
  region           = var.region
  tenants          = local.tenant_ids
  protection_level = var.protection_level
  users = {
    subjects   = { telemetry = local.who.telemetry, stream = local.who.stream, batch = local.who.batch, keys = local.who.keys }
    columns    = { keys = local.who.keys }
    pseudonyms = { keys = local.who.keys }
  }
  version_admins = { keys = local.who.keys }
  column_readers = local.researchers
}

module "pubsub" {
  source = "../pubsub"

  project = var.project
  region  = var.region
  suffix  = var.suffix
  kms_key = module.kms.service_keys.pubsub
  publishers = {
    telemetry     = { telemetry = local.who.telemetry, sessions = local.who.sessions }
    device-events = { enrolment = local.who.enrolment, sessions = local.who.sessions }
    feedback      = { stream = local.who.stream }
  }
  subscribers = {
    telemetry-stream     = { stream = local.who.stream }
    device-events-stream = { stream = local.who.stream }
  }
}

module "bigtable" {
  source = "../bigtable"

  project  = var.project
  instance = local.instance
  region   = var.region
  zones    = var.zones
  kms_key  = module.kms.service_keys.bigtable
  nodes    = var.nodes
  tenants  = local.tenant_ids
  writers = {
    erasures = { keys = local.who.keys }
    keysets  = { telemetry = local.who.telemetry, stream = local.who.stream, batch = local.who.batch, keys = local.who.keys }
    registry = { enrolment = local.who.enrolment, sessions = local.who.sessions, telemetry = local.who.telemetry }
    streams  = { stream = local.who.stream, batch = local.who.batch }
    windows  = { stream = local.who.stream, batch = local.who.batch }
  }
}

module "bigquery" {
  source = "../bigquery"

  project           = var.project
  region            = var.region
  dataset           = local.dataset
  kms_key           = module.kms.service_keys.bigquery
  keep_days         = var.keep_days
  researchers       = local.researchers
  retention_account = local.email.retention
  writers           = { stream = local.who.stream, batch = local.who.batch }
}

module "buckets" {
  source = "../buckets"

  project                   = var.project
  region                    = var.region
  prefix                    = local.bucket_prefix
  kms_key                   = module.kms.service_keys.storage
  archive_delete_after_days = var.archive_delete_after_days
  writers = {
    archive      = { stream = local.who.stream }
    dead-letters = { stream = local.who.stream }
    results      = { batch = local.who.batch, keys = local.who.keys }
    temp         = { stream = local.who.stream, batch = local.who.batch }
    staging      = { stream = local.who.stream, batch = local.who.batch }
  }
  readers = {
    archive      = { batch = local.who.batch }
    dead-letters = { batch = local.who.batch }
    templates    = { stream = local.who.stream, batch = local.who.batch, scheduler = local.who.scheduler }
    staging      = { build = local.who.build }
  }
}

module "images" {
  source = "../artifact-registry"

  project    = var.project
  region     = var.region
  repository = "neural-engine${var.suffix}"
  kms_key    = module.kms.service_keys.artifactregistry
  readers    = { stream = local.who.stream, batch = local.who.batch, keys = local.who.keys }
  writers    = { build = local.who.build }
}

# What needs a release: functions, templates, the stream job, schedules.

module "functions" {
  source = "../functions"
  count  = var.release == null ? 0 : 1

  project = var.project
  region  = var.region
  name    = local.name
  host    = var.host
  source_archive = {
    bucket = module.buckets.names.staging
    object = var.release.functions
  }
  accounts = {
    enrolment = local.email.enrolment
    sessions  = local.email.sessions
    telemetry = local.email.telemetry
    build     = local.email.build
  }
  stores = {
    bigtable_instance    = module.bigtable.instance
    bigtable_app_profile = module.bigtable.app_profiles.rows
    kms_key_ring         = module.kms.key_ring
    telemetry_topic      = module.pubsub.topics.telemetry
    device_events_topic  = module.pubsub.topics.device-events
  }
  operators              = var.operators
  kms_key                = module.kms.service_keys.functions
  image_repository       = google_artifact_registry_repository.functions.id
  device_ca_certificates = var.device_ca_certificates
  instances              = var.instances
}

resource "google_artifact_registry_repository" "functions" {
  #checkov:skip=CKV_GCP_84:it has the functions' key (below), as Cloud Functions asks for
  project       = var.project
  location      = var.region
  repository_id = "neural-functions${var.suffix}"
  description   = "Images that Cloud Functions builds."
  format        = "DOCKER"
  kms_key_name  = module.kms.service_keys.functions # the same key as the functions', or Cloud Functions refuses
}

resource "google_artifact_registry_repository_iam_member" "functions" {
  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = local.who.build
}

module "dataflow" {
  source = "../dataflow"
  count  = var.release == null ? 0 : 1

  project = var.project
  region  = var.region
  name    = "${local.name}-stream"
  images  = local.images
  buckets = {
    templates = module.buckets.names.templates
    temp      = module.buckets.names.temp
    staging   = module.buckets.names.staging
  }
  account    = local.email.stream
  subnetwork = var.network.subnetwork
  kms_key    = module.kms.service_keys.dataflow
  workers    = var.workers
  parameters = merge(
    {
      subscription               = module.pubsub.subscriptions.telemetry-stream
      device_events_subscription = module.pubsub.subscriptions.device-events-stream
      archive                    = module.buckets.urls.archive
      dead_letters               = module.buckets.urls.dead-letters
      bigtable_project           = var.project
      bigtable_instance          = module.bigtable.instance
      bigtable_app_profile       = module.bigtable.app_profiles.rows
      kms_project                = var.project
      kms_location               = var.region
      kms_key_ring               = module.kms.key_ring
      bigquery_project           = var.project
      bigquery_dataset           = module.bigquery.log_dataset
    },
    var.feedback ? { feedback_topic = module.pubsub.topics.feedback } : {},
  )
}

locals {
  key_options = {
    for tenant in local.tenant_ids : tenant => [
      "--tenant", tenant,
      "--kms-project", var.project,
      "--kms-location", var.region,
      "--kms-key-ring", module.kms.key_ring,
      "--bigtable-project", var.project,
      "--bigtable-instance", module.bigtable.instance,
      "--bigtable-app-profile", module.bigtable.app_profiles.rows,
    ]
  }
}

module "scheduler" {
  source = "../scheduler"
  count  = var.release == null ? 0 : 1

  project   = var.project
  region    = var.region
  prefix    = local.name
  time_zone = var.time_zone
  account   = local.email.scheduler
  kms_key   = module.kms.service_keys.run
  network   = var.network
  dataflow = {
    subnetwork  = var.network.subnetwork
    kms_key     = module.kms.service_keys.dataflow
    temp_bucket = module.buckets.names.temp
  }
  commands = merge(
    {
      for tenant in local.tenant_ids : "erase-${tenant}" => {
        schedule  = "30 2 * * *" # daily: each run goes as far as it may
        image     = local.images.rewrap
        module    = "pipelines.erase"
        account   = local.email.keys
        arguments = concat(["run"], local.key_options[tenant], ["--backups-hours", tostring(module.bigtable.keyset_backup_hours), "--output", "${module.buckets.urls.results}/erase/${tenant}"])
      }
    },
    {
      for tenant in local.tenant_ids : "rewrap-${tenant}" => {
        schedule  = "30 4 * * 0"
        image     = local.images.rewrap
        module    = "pipelines.rewrap"
        account   = local.email.keys
        arguments = concat(local.key_options[tenant], ["--rotate-after-days", "365", "--rotate-after-messages", "536870912", "--output", "${module.buckets.urls.results}/rewrap/${tenant}"])
      }
    },
  )
}
