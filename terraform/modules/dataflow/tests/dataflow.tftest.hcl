mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project = "my-project"
  region  = "europe-west3"
  images = {
    stream = "europe-west3-docker.pkg.dev/my-project/neural-engine/stream:1.0.0"
    batch  = "europe-west3-docker.pkg.dev/my-project/neural-engine/batch:1.0.0"
  }
  buckets = {
    templates = "my-project-europe-west3-templates"
    temp      = "my-project-europe-west3-temp"
    staging   = "my-project-europe-west3-staging"
  }
  account    = "stream@my-project.iam.gserviceaccount.com"
  subnetwork = "https://www.googleapis.com/compute/v1/projects/my-project/regions/europe-west3/subnetworks/neural-engine-europe-west3"
  kms_key    = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-dataflow"
  parameters = {
    subscription = "projects/my-project/subscriptions/telemetry-stream"
    archive      = "gs://my-project-europe-west3-archive"
    dead_letters = "gs://my-project-europe-west3-dead-letters"
  }
}

run "workers_are_private_and_what_they_hold_has_our_key" {
  command = plan
  assert {
    condition     = google_dataflow_flex_template_job.stream[0].ip_configuration == "WORKER_IP_PRIVATE"
    error_message = "workers have public addresses"
  }
  assert {
    condition     = google_dataflow_flex_template_job.stream[0].kms_key_name == var.kms_key
    error_message = "state and disks lie under another key"
  }
  assert {
    condition     = google_dataflow_flex_template_job.stream[0].service_account_email == "stream@my-project.iam.gserviceaccount.com"
    error_message = "workers act as another"
  }
}

run "a_job_that_is_removed_finishes_what_it_accepted" {
  command = plan
  assert {
    condition     = google_dataflow_flex_template_job.stream[0].on_delete == "drain"
    error_message = "samples that devices were told are accepted would be lost"
  }
}

run "a_template_is_what_the_job_says_of_itself" {
  command = plan
  assert {
    condition     = jsondecode(google_storage_bucket_object.template["stream"].content).image == var.images.stream && jsondecode(google_storage_bucket_object.template["stream"].content).metadata.streaming == true
    error_message = "the template is of another image, or no stream"
  }
  assert {
    condition     = jsondecode(google_storage_bucket_object.template["stream"].content).metadata.defaultStreamingMode == "EXACTLY_ONCE"
    error_message = "a packet could count twice"
  }
  assert {
    condition     = keys(google_storage_bucket_object.template) == ["batch", "stream"]
    error_message = "templates are ${join(", ", keys(google_storage_bucket_object.template))}"
  }
}

run "templates_alone_launch_nothing" {
  command = plan
  variables { run_stream = false }
  assert {
    condition     = length(google_dataflow_flex_template_job.stream) == 0
    error_message = "a job was launched"
  }
}

run "refuses_an_option_that_the_job_has_not" {
  command = plan
  variables {
    parameters = {
      subscription = "projects/my-project/subscriptions/telemetry-stream"
      archive      = "gs://my-project-europe-west3-archive"
      dead_letters = "gs://my-project-europe-west3-dead-letters"
      nothing      = "1"
    }
  }
  expect_failures = [google_dataflow_flex_template_job.stream]
}

run "refuses_to_launch_without_what_the_job_needs" {
  command = plan
  variables {
    parameters = { subscription = "projects/my-project/subscriptions/telemetry-stream" }
  }
  expect_failures = [google_dataflow_flex_template_job.stream]
}

run "refuses_an_image_that_moves" {
  command = plan
  variables {
    images = { stream = "europe-west3-docker.pkg.dev/my-project/neural-engine/stream:latest" }
  }
  expect_failures = [var.images]
}

run "refuses_workers_elsewhere" {
  command = plan
  variables { subnetwork = "https://www.googleapis.com/compute/v1/projects/my-project/regions/us-central1/subnetworks/s" }
  expect_failures = [var.subnetwork]
}

run "refuses_a_key_of_elsewhere" {
  command = plan
  variables { kms_key = "projects/my-project/locations/us-central1/keyRings/neural-engine/cryptoKeys/service-dataflow" }
  expect_failures = [var.kms_key]
}

run "refuses_fewer_workers_than_it_begins_with" {
  command = plan
  variables {
    workers = { first = 5, most = 1, machine = "n2d-standard-4" }
  }
  expect_failures = [var.workers]
}

run "refuses_a_multi_region" {
  command = plan
  variables { region = "europe" }
  expect_failures = [var.region]
}
