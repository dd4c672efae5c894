output "topics" {
  description = "By name: the topic's full path, as functions take it."
  value       = { for name, topic in google_pubsub_topic.topic : name => topic.id }
}

output "subscriptions" {
  description = "By name: the subscription's full path, as the stream job takes it."
  value       = { for name, subscription in google_pubsub_subscription.subscription : name => subscription.id }
}
