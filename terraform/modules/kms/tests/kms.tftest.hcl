mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}
mock_provider "google-beta" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  tenants = ["clinic01", "clinic02"]
  users   = { subjects = { stream = "serviceAccount:stream@my-project.iam.gserviceaccount.com" } }
}

run "every_tenant_has_three_keys_of_its_own" {
  command = plan
  assert {
    condition = toset(keys(google_kms_crypto_key.tenant)) == toset([
      "clinic01-columns", "clinic01-pseudonyms", "clinic01-subjects",
      "clinic02-columns", "clinic02-pseudonyms", "clinic02-subjects",
    ])
    error_message = "keys are ${join(", ", keys(google_kms_crypto_key.tenant))}"
  }
  assert {
    condition     = google_kms_key_ring.ring.location == "europe-west3" && google_kms_key_ring.ring.name == "neural-engine"
    error_message = "the ring is ${google_kms_key_ring.ring.name} in ${google_kms_key_ring.ring.location}"
  }
}

run "keys_rotate_and_are_destroyed_a_month_later" {
  command = plan
  assert {
    condition     = alltrue([for key in merge(google_kms_crypto_key.tenant, google_kms_crypto_key.service) : key.rotation_period == "7776000s" && key.destroy_scheduled_duration == "2592000s"])
    error_message = "a key lacks its rotation or its month before destruction"
  }
}

run "a_component_has_the_use_it_was_given_and_no_other" {
  command = plan
  assert {
    condition     = toset(keys(google_kms_crypto_key_iam_member.user)) == toset(["clinic01-subjects/stream", "clinic02-subjects/stream"])
    error_message = "grants are ${join(", ", keys(google_kms_crypto_key_iam_member.user))}"
  }
  assert {
    condition     = length(google_kms_crypto_key_iam_member.column_reader) == 0 && length(google_kms_crypto_key_iam_member.version_admin) == 0
    error_message = "somebody has rights that nobody asked for"
  }
}

run "researchers_decrypt_columns_through_bigquery_only_and_of_their_tenant_only" {
  command = plan
  variables {
    column_readers = { clinic01 = ["group:research@example.org"] }
  }
  assert {
    condition     = { for name, grant in google_kms_crypto_key_iam_member.column_reader : name => grant.role } == { "clinic01/group:research@example.org" = "roles/cloudkms.cryptoKeyDecrypterViaDelegation" }
    error_message = "another grant than the one asked for"
  }
}

run "only_versions_of_subjects_keys_can_be_destroyed" {
  command = plan
  variables {
    version_admins = { keys = "serviceAccount:keys@my-project.iam.gserviceaccount.com" }
  }
  assert {
    condition     = toset([for name, grant in local.admins_of_versions : grant.key]) == toset(["clinic01-subjects", "clinic02-subjects"])
    error_message = "versions of another key can be destroyed"
  }
  assert {
    condition     = alltrue([for grant in google_kms_crypto_key_iam_member.version_viewer : grant.role == "roles/cloudkms.viewer"])
    error_message = "the job may do more than look at versions of columns' and pseudonyms' keys"
  }
}

run "each_service_agent_has_the_key_of_its_service" {
  command = plan
  assert {
    condition     = length(google_kms_crypto_key_iam_member.agent) == length(google_kms_crypto_key.service) + 1
    error_message = "${length(google_kms_crypto_key_iam_member.agent)} grants for ${length(google_kms_crypto_key.service)} keys and the disks"
  }
}

run "refuses_the_global_location" {
  command = plan
  variables { region = "global" }
  expect_failures = [var.region]
}

run "refuses_a_tenant_that_is_no_id" {
  command = plan
  variables { tenants = ["Clinic-1"] }
  expect_failures = [var.tenants]
}

run "refuses_readers_of_a_tenant_of_elsewhere" {
  command = plan
  variables {
    column_readers = { clinic09 = ["group:research@example.org"] }
  }
  expect_failures = [var.column_readers]
}

run "refuses_a_destruction_without_delay" {
  command = plan
  variables { destroy_days = 0 }
  expect_failures = [var.destroy_days]
}

run "refuses_keys_that_rotate_too_seldom" {
  command = plan
  variables { rotation_days = 91 }
  expect_failures = [var.rotation_days]
}

run "refuses_an_unknown_protection" {
  command = plan
  variables { protection_level = "EXTERNAL" }
  expect_failures = [var.protection_level]
}
