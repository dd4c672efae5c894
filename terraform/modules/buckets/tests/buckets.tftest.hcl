mock_provider "google" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  prefix  = "my-project-europe-west3"
  kms_key = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-storage"
}

run "no_bucket_can_be_made_public" {
  command = plan
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.bucket : bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access == true])
    error_message = "a bucket can be made public"
  }
}

run "every_bucket_has_our_key_and_is_in_the_region" {
  command = plan
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.bucket : bucket.encryption[0].default_kms_key_name == var.kms_key && bucket.location == "europe-west3"])
    error_message = "a bucket has another key or place"
  }
}

run "what_is_in_the_clear_does_not_outlive_its_deletion" {
  command = plan
  assert {
    condition     = alltrue([for name in ["results", "temp"] : google_storage_bucket.bucket[name].soft_delete_policy[0].retention_duration_seconds == 0])
    error_message = "deleted files in the clear can be brought back"
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.bucket : bucket.versioning[0].enabled == false])
    error_message = "older versions survive"
  }
}

run "the_archive_deletes_nothing_unless_asked_to" {
  command = plan
  assert {
    condition     = google_storage_bucket.bucket["archive"].soft_delete_policy[0].retention_duration_seconds == 90 * 86400
    error_message = "a packet deleted by mistake is gone at once"
  }
  assert {
    condition     = length([for rule in google_storage_bucket.bucket["archive"].lifecycle_rule : rule if anytrue([for action in rule.action : action.type == "Delete"])]) == 0
    error_message = "the archive deletes although nobody asked for it"
  }
  assert {
    condition     = google_storage_bucket.bucket["archive"].force_destroy == false
    error_message = "terraform destroy would empty the archive"
  }
}

run "the_archive_deletes_after_its_retention_where_asked" {
  command = plan
  variables { archive_delete_after_days = 730 }
  assert {
    condition     = toset(flatten([for rule in google_storage_bucket.bucket["archive"].lifecycle_rule : [for condition in rule.condition : condition.age]])) == toset([1, 730])
    error_message = "packets are not deleted after 730 days"
  }
}

run "refuses_to_delete_from_the_archive_before_its_retention" {
  command = plan
  variables { archive_delete_after_days = 30 }
  expect_failures = [var.archive_delete_after_days]
}

run "refuses_a_multi_region" {
  command = plan
  variables { region = "EU" }
  expect_failures = [var.region]
}

run "refuses_to_do_without_a_key" {
  command = plan
  variables { kms_key = "" }
  expect_failures = [var.kms_key]
}

run "refuses_a_prefix_that_google_would" {
  command = plan
  variables { prefix = "My Project" }
  expect_failures = [var.prefix]
}

run "refuses_dead_letters_that_vanish" {
  command = plan
  variables { dead_letter_days = 1 }
  expect_failures = [var.dead_letter_days]
}

run "refuses_no_retention" {
  command = plan
  variables { archive_retention_days = 0 }
  expect_failures = [var.archive_retention_days]
}

run "refuses_results_that_are_never_there" {
  command = plan
  variables { results_days = 0 }
  expect_failures = [var.results_days]
}

run "a_writer_has_its_bucket_only" {
  command = plan
  variables {
    writers = { archive = { stream = "serviceAccount:stream@my-project.iam.gserviceaccount.com" } }
  }
  assert {
    condition     = { for name, grant in google_storage_bucket_iam_member.writer : name => grant.role } == { "archive/stream" = "roles/storage.objectUser" }
    error_message = "another grant than the one asked for"
  }
}
