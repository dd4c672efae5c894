mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project    = "my-project"
  region     = "europe-west3"
  kms_key    = "projects/my-project/locations/europe-west3/keyRings/neural-engine/cryptoKeys/service-pubsub"
  publishers = { telemetry = { door = "serviceAccount:door@my-project.iam.gserviceaccount.com" } }
}

run "every_topic_has_our_key_and_stays_in_its_region" {
  command = plan
  assert {
    condition     = toset(keys(google_pubsub_topic.topic)) == toset(["telemetry", "device-events", "feedback"])
    error_message = "topics are ${join(", ", keys(google_pubsub_topic.topic))}"
  }
  assert {
    condition = alltrue([
      for topic in google_pubsub_topic.topic :
      topic.kms_key_name == var.kms_key && topic.message_storage_policy[0].allowed_persistence_regions == toset(["europe-west3"]) && topic.message_storage_policy[0].enforce_in_transit == true
    ])
    error_message = "a topic has another key, or its messages leave the region"
  }
}

run "a_packet_waits_a_week_for_a_job_that_is_down" {
  command = plan
  assert {
    condition     = google_pubsub_subscription.subscription["telemetry-stream"].message_retention_duration == "604800s"
    error_message = "packets are dropped after ${google_pubsub_subscription.subscription["telemetry-stream"].message_retention_duration}"
  }
  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.subscription : subscription.expiration_policy[0].ttl == ""])
    error_message = "a subscription expires, with what it holds"
  }
}

run "what_the_stream_job_reads_has_no_ordering_no_exactly_once_and_no_dead_letters" {
  command = plan
  assert {
    condition = alltrue([
      for name in ["telemetry-stream", "device-events-stream"] :
      google_pubsub_subscription.subscription[name].enable_message_ordering == false &&
      google_pubsub_subscription.subscription[name].enable_exactly_once_delivery == false &&
      length(google_pubsub_subscription.subscription[name].dead_letter_policy) == 0
    ])
    error_message = "the subscription of a job that orders, removes repeats and keeps dead letters itself does it too"
  }
}

run "dead_letters_are_kept_where_they_are_asked_for" {
  command = apply
  variables {
    dead_letters = { feedback-gateway = 10 }
  }
  assert {
    condition     = google_pubsub_subscription.subscription["feedback-gateway"].dead_letter_policy[0].max_delivery_attempts == 10
    error_message = "the subscription gives nothing up"
  }
  assert {
    condition     = google_pubsub_topic.dead_letters["feedback-gateway"].kms_key_name == var.kms_key
    error_message = "dead letters lie under another key"
  }
  assert {
    condition     = google_pubsub_topic_iam_member.dead_letters["feedback-gateway"].member == "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com"
    error_message = "Pub/Sub may not move them"
  }
}

run "a_publisher_has_its_topic_only" {
  command = plan
  assert {
    condition     = { for name, grant in google_pubsub_topic_iam_member.publisher : name => grant.role } == { "telemetry/door" = "roles/pubsub.publisher" }
    error_message = "another grant than the one asked for"
  }
}

run "regions_of_one_project_do_not_meet" {
  command = plan
  variables { suffix = "-europe-west3" }
  assert {
    condition     = google_pubsub_topic.topic["telemetry"].name == "telemetry-europe-west3"
    error_message = "the topic is ${google_pubsub_topic.topic["telemetry"].name}"
  }
}

run "refuses_dead_letters_of_what_dataflow_reads" {
  command = plan
  variables {
    dead_letters = { telemetry-stream = 5 }
  }
  expect_failures = [var.dead_letters]
}

run "refuses_too_few_deliveries" {
  command = plan
  variables {
    dead_letters = { feedback-gateway = 1 }
  }
  expect_failures = [var.dead_letters]
}

run "refuses_dead_letters_of_no_subscription" {
  command = plan
  variables {
    dead_letters = { nothing = 5 }
  }
  expect_failures = [google_pubsub_topic.topic]
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

run "refuses_a_suffix_that_runs_into_the_name" {
  command = plan
  variables { suffix = "eu" }
  expect_failures = [var.suffix]
}

run "refuses_dead_letters_for_a_year" {
  command = plan
  variables { dead_letter_days = 365 }
  expect_failures = [var.dead_letter_days]
}
