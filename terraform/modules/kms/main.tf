# A key ring of one region: three keys a tenant, and one for each service that keeps our data.

locals {
  names = jsondecode(file("${path.module}/key_names.json")) # made from security/key_names.py

  tenant_keys = {
    for pair in setproduct(var.tenants, local.names.tenant_uses) :
    "${pair[0]}-${pair[1]}" => { tenant = pair[0], use = pair[1] }
  }

  # "service" has seven characters and a tenant's id eight: the names cannot meet.
  services = {
    artifactregistry = "artifactregistry.googleapis.com"
    bigquery         = null
    bigtable         = "bigtableadmin.googleapis.com"
    dataflow         = "dataflow.googleapis.com"
    functions        = "cloudfunctions.googleapis.com"
    pubsub           = "pubsub.googleapis.com"
    run              = "run.googleapis.com"
    storage          = null
  }
  seconds_per_day = 86400
}

resource "google_kms_key_ring" "ring" {
  project  = var.project
  name     = local.names.key_ring
  location = var.region
}

resource "google_kms_crypto_key" "tenant" {
  #checkov:skip=CKV_GCP_43:rotation_days is at most 90, which its validation and a test hold; checkov does not multiply
  for_each = local.tenant_keys

  name                       = each.key
  key_ring                   = google_kms_key_ring.ring.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${var.rotation_days * local.seconds_per_day}s"
  destroy_scheduled_duration = "${var.destroy_days * local.seconds_per_day}s"
  labels                     = { tenant = each.value.tenant, use = each.value.use }

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.protection_level
  }

  lifecycle {
    prevent_destroy = true # with a subjects' key everything of that tenant would be gone
  }
}

resource "google_kms_crypto_key" "service" {
  #checkov:skip=CKV_GCP_43:rotation_days is at most 90, which its validation and a test hold; checkov does not multiply
  for_each = local.services

  name                       = "service-${each.key}"
  key_ring                   = google_kms_key_ring.ring.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${var.rotation_days * local.seconds_per_day}s"
  destroy_scheduled_duration = "${var.destroy_days * local.seconds_per_day}s"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.protection_level
  }

  lifecycle {
    prevent_destroy = true
  }
}

# Google's own agents, one a service, each with its service's key and no other.

resource "google_project_service_identity" "agent" {
  provider = google-beta
  for_each = { for service, api in local.services : service => api if api != null }

  project = var.project
  service = each.value
}

data "google_storage_project_service_account" "agent" {
  project = var.project
}

data "google_bigquery_default_service_account" "agent" {
  project = var.project
}

data "google_project" "this" {
  project_id = var.project
}

locals {
  agents = merge(
    { for service, agent in google_project_service_identity.agent : service => agent.member },
    {
      bigquery = data.google_bigquery_default_service_account.agent.member
      storage  = data.google_storage_project_service_account.agent.member
      # The disks of Dataflow's workers are Compute Engine's.
      compute = "serviceAccount:service-${data.google_project.this.number}@compute-system.iam.gserviceaccount.com"
    },
  )
  agent_keys = merge({ for service in keys(local.services) : service => service }, { compute = "dataflow" })
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = local.agent_keys

  crypto_key_id = google_kms_crypto_key.service[each.value].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = local.agents[each.key]
}

# Our components, by the use of the key.

locals {
  uses_of_keys = merge([
    for key, its in local.tenant_keys : {
      for name, member in var.users[its.use] : "${key}/${name}" => { key = key, member = member }
    }
  ]...)
  readers_of_columns = merge([
    for tenant, members in var.column_readers : {
      for member in members : "${tenant}/${member}" => { key = "${tenant}-columns", member = member }
    }
  ]...)
  admins_of_versions = {
    for pair in setproduct(var.tenants, keys(var.version_admins)) :
    "${pair[0]}/${pair[1]}" => { key = "${pair[0]}-subjects", member = var.version_admins[pair[1]] }
  }
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = local.uses_of_keys

  crypto_key_id = google_kms_crypto_key.tenant[each.value.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value.member
}

resource "google_kms_crypto_key_iam_member" "column_reader" {
  for_each = local.readers_of_columns

  crypto_key_id = google_kms_crypto_key.tenant[each.value.key].id
  # Through BigQuery only: the member cannot take a wrapped keyset to Cloud KMS itself.
  role   = "roles/cloudkms.cryptoKeyDecrypterViaDelegation"
  member = each.value.member
}

resource "google_project_iam_custom_role" "versions" {
  project     = var.project
  role_id     = "neuralEngineKeyVersions_${replace(var.region, "-", "_")}"
  title       = "Neural Engine: versions of subjects' keys (${var.region})"
  description = "Rotate a key and destroy its old versions; no right to encrypt or decrypt."
  permissions = [
    "cloudkms.cryptoKeys.get",
    "cloudkms.cryptoKeys.update",
    "cloudkms.cryptoKeyVersions.create",
    "cloudkms.cryptoKeyVersions.destroy",
    "cloudkms.cryptoKeyVersions.get",
    "cloudkms.cryptoKeyVersions.list",
    "cloudkms.cryptoKeyVersions.update",
  ]
}

resource "google_kms_crypto_key_iam_member" "version_admin" {
  for_each = local.admins_of_versions

  crypto_key_id = google_kms_crypto_key.tenant[each.value.key].id
  role          = google_project_iam_custom_role.versions.name
  member        = each.value.member
}

# Looking at the versions of the other two keys is part of every rewrap.
resource "google_kms_crypto_key_iam_member" "version_viewer" {
  for_each = merge([
    for use in ["columns", "pseudonyms"] : {
      for pair in setproduct(var.tenants, keys(var.version_admins)) :
      "${pair[0]}-${use}/${pair[1]}" => { key = "${pair[0]}-${use}", member = var.version_admins[pair[1]] }
    }
  ]...)

  crypto_key_id = google_kms_crypto_key.tenant[each.value.key].id
  role          = "roles/cloudkms.viewer"
  member        = each.value.member
}
