mock_provider "google" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  kms_key = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-artifactregistry"
}

run "images_have_our_key_and_tags_do_not_move" {
  command = plan
  assert {
    condition     = google_artifact_registry_repository.images.kms_key_name == var.kms_key
    error_message = "images lie under another key"
  }
  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags == true
    error_message = "a tag can come to mean another image"
  }
  assert {
    condition     = output.address == "europe-west3-docker.pkg.dev/my-project/neural-engine"
    error_message = "images are at ${output.address}"
  }
}

run "there_is_always_something_to_roll_back_to" {
  command = plan
  assert {
    condition     = [for policy in google_artifact_registry_repository.images.cleanup_policies : policy.most_recent_versions[0].keep_count if policy.action == "KEEP"] == [20]
    error_message = "old images go although they are the newest"
  }
}

run "a_reader_pulls_and_does_not_push" {
  command = plan
  variables {
    readers = { stream = "serviceAccount:stream@my-project.iam.gserviceaccount.com" }
  }
  assert {
    condition     = google_artifact_registry_repository_iam_member.reader["stream"].role == "roles/artifactregistry.reader" && length(google_artifact_registry_repository_iam_member.writer) == 0
    error_message = "a job could replace its own image"
  }
}

run "refuses_nothing_to_roll_back_to" {
  command = plan
  variables { keep_versions = 1 }
  expect_failures = [var.keep_versions]
}

run "refuses_to_delete_the_image_of_a_running_job" {
  command = plan
  variables { delete_after_days = 7 }
  expect_failures = [var.delete_after_days]
}

run "refuses_a_multi_region" {
  command = plan
  variables { region = "europe" }
  expect_failures = [var.region]
}

run "refuses_to_do_without_a_key" {
  command = plan
  variables { kms_key = "" }
  expect_failures = [var.kms_key]
}
