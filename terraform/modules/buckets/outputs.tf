output "names" {
  description = "By purpose: the bucket's name."
  value       = { for purpose, bucket in google_storage_bucket.bucket : purpose => bucket.name }
}

output "urls" {
  description = "By purpose: gs://name."
  value       = { for purpose, bucket in google_storage_bucket.bucket : purpose => "gs://${bucket.name}" }
}
