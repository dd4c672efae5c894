output "address" {
  description = "IPv4 address of the load balancer: the A record of the host."
  value       = google_compute_global_address.front.address
}

output "url" {
  description = "Where devices and operators call."
  value       = "https://${var.host}"
}

output "services" {
  description = "By function: the name of its service, as metrics are labelled."
  value       = { for name, function in google_cloudfunctions2_function.function : name => function.name }
}
