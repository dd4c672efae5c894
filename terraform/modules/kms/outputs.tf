output "key_ring" {
  description = "Name of the key ring, as jobs and functions take it."
  value       = google_kms_key_ring.ring.name
}

output "tenant_keys" {
  description = "Resource names of the tenants' keys, by `tenant-use`."
  value       = { for name, key in google_kms_crypto_key.tenant : name => key.id }
}

output "service_keys" {
  description = "Resource names of the keys for Google's services; usable once this module is applied as a whole."
  value       = { for service, key in google_kms_crypto_key.service : service => key.id }
  depends_on  = [google_kms_crypto_key_iam_member.agent]
}
