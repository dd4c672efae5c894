# The topics of one region, their subscriptions and, where asked for, dead letters.

locals {
  topics = jsondecode(file("${path.module}/topics.json")) # made from schemas/pubsub_topics.py

  subscriptions = merge([
    for topic in local.topics : {
      for its in topic.subscriptions : its.name => merge(its, { topic = topic.name })
    }
  ]...)
}

resource "google_pubsub_topic" "topic" {
  for_each = local.topics

  project                    = var.project
  name                       = "${each.key}${var.suffix}"
  kms_key_name               = var.kms_key
  message_retention_duration = each.value.retention_s > 0 ? "${each.value.retention_s}s" : null

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true # a message does not pass through another region either
  }

  lifecycle {
    precondition {
      condition     = length(setsubtract(keys(var.dead_letters), keys(local.subscriptions))) == 0
      error_message = "dead_letters names ${join(", ", setsubtract(keys(var.dead_letters), keys(local.subscriptions)))}; expected some of ${join(", ", keys(local.subscriptions))}."
    }
  }
}

resource "google_pubsub_subscription" "subscription" {
  for_each = local.subscriptions

  project                    = var.project
  name                       = "${each.key}${var.suffix}"
  topic                      = google_pubsub_topic.topic[each.value.topic].id
  ack_deadline_seconds       = each.value.ack_deadline_s
  message_retention_duration = "${each.value.retention_s}s"

  # The job orders by sequence itself; with ordering keys a stream could not pass 1 MB/s.
  enable_message_ordering = false
  # The job removes what Pub/Sub repeats by the attribute `delivery`; exactly-once delivery would cost
  # latency and throughput, and Dataflow gains nothing by it.
  enable_exactly_once_delivery = false

  expiration_policy {
    ttl = "" # never: a subscription that nobody reads for a month holds data all the same
  }

  retry_policy {
    minimum_backoff = "${each.value.min_backoff_s}s"
    maximum_backoff = "${each.value.max_backoff_s}s"
  }

  dynamic "dead_letter_policy" {
    for_each = contains(keys(var.dead_letters), each.key) ? [var.dead_letters[each.key]] : []
    content {
      dead_letter_topic     = google_pubsub_topic.dead_letters[each.key].id
      max_delivery_attempts = dead_letter_policy.value
    }
  }
}

# Dead letters: as sealed as the messages were, kept until somebody looks.

resource "google_pubsub_topic" "dead_letters" {
  for_each = var.dead_letters

  project      = var.project
  name         = "${each.key}${var.suffix}-dead-letters"
  kms_key_name = var.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }
}

resource "google_pubsub_subscription" "dead_letters" {
  for_each = var.dead_letters

  project                    = var.project
  name                       = "${each.key}${var.suffix}-dead-letters"
  topic                      = google_pubsub_topic.dead_letters[each.key].id
  message_retention_duration = "${var.dead_letter_days * 86400}s"

  expiration_policy {
    ttl = ""
  }
}

data "google_project" "this" {
  project_id = var.project
}

locals {
  agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic_iam_member" "dead_letters" { # Pub/Sub itself moves them there
  for_each = var.dead_letters

  project = var.project
  topic   = google_pubsub_topic.dead_letters[each.key].name
  role    = "roles/pubsub.publisher"
  member  = local.agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = var.dead_letters

  project      = var.project
  subscription = google_pubsub_subscription.subscription[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.agent
}

# Who publishes, who reads.

locals {
  publishers = merge([
    for topic, members in var.publishers : { for name, member in members : "${topic}/${name}" => { topic = topic, member = member } }
  ]...)
  subscribers = merge([
    for its, members in var.subscribers : { for name, member in members : "${its}/${name}" => { subscription = its, member = member } }
  ]...)
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.publishers

  project = var.project
  topic   = google_pubsub_topic.topic[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = each.value.member
}

resource "google_pubsub_subscription_iam_member" "subscriber" {
  for_each = local.subscribers

  project      = var.project
  subscription = google_pubsub_subscription.subscription[each.value.subscription].name
  role         = "roles/pubsub.subscriber"
  member       = each.value.member
}

# Dataflow looks at the subscription, and at how far behind it is, before it reads.
resource "google_pubsub_subscription_iam_member" "viewer" {
  for_each = local.subscribers

  project      = var.project
  subscription = google_pubsub_subscription.subscription[each.value.subscription].name
  role         = "roles/pubsub.viewer"
  member       = each.value.member
}

# For Dataflow's own subscription to the same topic, by which it knows how far event time has come.
resource "google_pubsub_topic_iam_member" "attacher" {
  for_each = local.subscribers

  project = var.project
  topic   = google_pubsub_topic.topic[local.subscriptions[each.value.subscription].topic].name
  role    = "roles/pubsub.subscriber"
  member  = each.value.member
}
