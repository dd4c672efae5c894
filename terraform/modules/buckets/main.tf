# Buckets of one region: none is public, every object has our key, what is deleted is gone where it was in the clear.

locals {
  day_s = 86400
  buckets = {
    # Sealed with subjects' keys: a copy that lives on opens for nobody once the key is gone.
    # No retention policy: a repeated bundle writes the same object again, and it would be refused.
    # Instead, whatever is deleted or replaced can be brought back for the longest time there is.
    archive      = { delete_after_days = var.archive_delete_after_days, soft_delete_days = 90 }
    dead-letters = { delete_after_days = var.dead_letter_days, soft_delete_days = 7 }
    # In the clear, or it may be: a deleted object must not survive anywhere.
    results = { delete_after_days = var.results_days, soft_delete_days = 0 }
    temp    = { delete_after_days = 7, soft_delete_days = 0 }
    # Code, no data.
    staging   = { delete_after_days = 90, soft_delete_days = 7 }
    templates = { delete_after_days = null, soft_delete_days = 7 }
  }
}

resource "google_storage_bucket" "bucket" {
  #checkov:skip=CKV_GCP_78:no versions on purpose: archive objects are written once under names that follow from their content, and of what is in the clear no older version may survive an erasure
  #checkov:skip=CKV_GCP_62:who reads an object is in Cloud Audit Logs (data access), which a bucket's own access log would repeat, delayed and without the caller's identity
  for_each = local.buckets

  project                     = var.project
  name                        = "${var.prefix}-${each.key}"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = contains(["temp", "staging"], each.key)

  encryption {
    default_kms_key_name = var.kms_key
  }

  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = each.value.soft_delete_days * local.day_s
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.delete_after_days == null ? [] : [each.value.delete_after_days]
    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }

  lifecycle_rule { # what an upload that broke off has left
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }
}

locals {
  writers = merge([
    for bucket, members in var.writers : { for name, member in members : "${bucket}/${name}" => { bucket = bucket, member = member } }
  ]...)
  readers = merge([
    for bucket, members in var.readers : { for name, member in members : "${bucket}/${name}" => { bucket = bucket, member = member } }
  ]...)
}

resource "google_storage_bucket_iam_member" "writer" {
  for_each = local.writers

  bucket = google_storage_bucket.bucket[each.value.bucket].name
  role   = "roles/storage.objectUser"
  member = each.value.member
}

resource "google_storage_bucket_iam_member" "reader" {
  for_each = local.readers

  bucket = google_storage_bucket.bucket[each.value.bucket].name
  role   = "roles/storage.objectViewer"
  member = each.value.member
}
