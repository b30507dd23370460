{{- define "helium.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 37 | trimSuffix "-" -}}
{{- end -}}

{{- define "helium.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 37 | trimSuffix "-" -}}
{{- else if contains (include "helium.name" .) .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 37 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "helium.name" .) | replace "." "-" | trunc 37 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "helium.selector" -}}
app.kubernetes.io/name: {{ include "helium.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "helium.labels" -}}
{{ include "helium.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
Name of a pool's StatefulSet: (dict "root" $ "pool" "default"). Kubernetes adds a dash and a hash of up to 10 characters
to it in a label of its pods, which may have 63.
*/}}
{{- define "helium.workerName" -}}
{{- $name := printf "%s-worker-%s" (include "helium.fullname" .root) .pool -}}
{{- if gt (len $name) 52 -}}
{{- fail (printf "workers.%s: the name %s has %d characters, 52 at most: shorten the pool's name, or set fullnameOverride" .pool $name (len $name)) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/* Port of a plain health service: of workers, and of a coordinator with TLS. */}}
{{- define "helium.healthPort" -}}
7421
{{- end -}}

{{/* Whether the coordinator's port has TLS: "true" or nothing. */}}
{{- define "helium.hasTls" -}}
{{- if or .Values.tls.existingSecret .Values.tls.certManager.enabled }}true{{ end -}}
{{- end -}}

{{- define "helium.tlsSecretName" -}}
{{- default (printf "%s-tls" (include "helium.fullname" .)) .Values.tls.existingSecret -}}
{{- end -}}

{{- define "helium.workerTlsSecretName" -}}
{{- default (printf "%s-worker-tls" (include "helium.fullname" .)) .Values.tls.mutual.workerSecret -}}
{{- end -}}

{{/* The value that names a Redis, or nothing. */}}
{{- define "helium.redisValue" -}}
{{- with .Values.redis -}}
{{- if .url }}redis.url{{ else if .existingSecret }}redis.existingSecret{{ else if .trial.enabled }}redis.trial.enabled{{ end -}}
{{- end -}}
{{- end -}}

{{/* Whether the coordinator's state is on a volume: "true" or nothing. */}}
{{- define "helium.hasVolume" -}}
{{- $enabled := toString .Values.coordinator.persistence.enabled -}}
{{- if or (eq $enabled "true") (and (eq $enabled "auto") (not (include "helium.redisValue" .))) }}true{{ end -}}
{{- end -}}

{{- define "helium.claimName" -}}
{{- default (printf "%s-coordinator" (include "helium.fullname" .)) .Values.coordinator.persistence.existingClaim -}}
{{- end -}}

{{- define "helium.serviceAccountName" -}}
{{- default (include "helium.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* Constraints about the pods that the labels select: (dict "constraints" list "labels" text) */}}
{{- define "helium.spread" -}}
{{- $labels := fromYaml .labels -}}
{{- range .constraints }}
{{- $own := dict "labelSelector" (dict "matchLabels" $labels) }}
- {{ toYaml (merge (deepCopy .) (ternary dict $own (hasKey . "labelSelector"))) | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{/* A part of a Secret as files that follow it: (dict "name" volume "secret" name "keys" (list key …)) */}}
{{- define "helium.secretVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    # 0440: of the pod's group.
    defaultMode: 288
    items:
      {{- range .keys }}
      - { key: {{ . }}, path: {{ . }} }
      {{- end }}
{{- end -}}

{{/* What everybody may reach of the coordinator: as its setting `anonymous-access` has it. */}}
{{- define "helium.anonymousAccess" -}}
{{- if not .Values.auth.existingSecret }}all{{ else if .Values.metrics.auth.existingSecret }}none{{ else }}metrics{{ end -}}
{{- end -}}

{{/*
Refuses a variable that two values set: (dict "at" "coordinator" "extraEnv" list "variable" NAME "value" path of the other)
*/}}
{{- define "helium.checkSetOnce" -}}
{{- $root := . -}}
{{- range .extraEnv -}}
{{- if eq .name $root.variable -}}
{{- fail (printf "%s.extraEnv: sets %s, and so does %s: choose one" $root.at $root.variable $root.value) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What values.schema.json cannot compare. */}}
{{- define "helium.checkValues" -}}
{{- $values := .Values -}}
{{- if and $values.redis.url $values.redis.existingSecret -}}
{{- fail "redis.url and redis.existingSecret are both set: choose one" -}}
{{- end -}}
{{- if and $values.redis.trial.enabled (or $values.redis.url $values.redis.existingSecret) -}}
{{- fail "redis.trial.enabled is true and redis.url or redis.existingSecret is set: choose one Redis" -}}
{{- end -}}
{{- $redis := include "helium.redisValue" . -}}
{{- with $values.coordinator.persistence -}}
{{- if and $redis (eq (toString .enabled) "true") -}}
{{- fail (printf "coordinator.persistence.enabled: is true and %s is set: runs are in Redis then, and those on the volume would not be found; choose one" $redis) -}}
{{- else if and $redis .existingClaim -}}
{{- fail (printf "coordinator.persistence.existingClaim: is set and %s is set: runs are in Redis then, and those on the volume would not be found; choose one" $redis) -}}
{{- else if and .existingClaim (eq (toString .enabled) "false") -}}
{{- fail "coordinator.persistence.existingClaim: is set and coordinator.persistence.enabled is false: choose one" -}}
{{- else if and .existingClaim .storageClass -}}
{{- fail "coordinator.persistence.storageClass: is for a claim of the chart's, and coordinator.persistence.existingClaim is set: choose one" -}}
{{- end -}}
{{- end -}}
{{- if and (not $values.serviceAccount.create) (not $values.serviceAccount.name) -}}
{{- fail "serviceAccount.name: is missing, and serviceAccount.create is false: which one?" -}}
{{- end -}}
{{- range $pool, $worker := $values.workers -}}
{{- with $worker.autoscaling -}}
{{- $at := printf "workers.%s.autoscaling" $pool -}}
{{- if and .enabled (lt (int (default 4 .maxReplicas)) (int (default 1 .minReplicas))) -}}
{{- fail (printf "%s.maxReplicas: %d is less than minReplicas, %d" $at (int (default 4 .maxReplicas)) (int (default 1 .minReplicas))) -}}
{{- else if and .enabled .prometheus (not $worker.modelName) -}}
{{- fail (printf "%s: calls are counted by model: set workers.%s.modelName" $at $pool) -}}
{{- else if and .enabled .prometheus (not $values.metrics.enabled) -}}
{{- fail (printf "%s: needs metrics.enabled" $at) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $hasTls := include "helium.hasTls" . -}}
{{- if and $values.tls.existingSecret $values.tls.certManager.enabled -}}
{{- fail "tls.existingSecret and tls.certManager.enabled are both set: choose one" -}}
{{- end -}}
{{- if and $values.tls.certManager.enabled (not $values.tls.certManager.issuerRef.name) -}}
{{- fail "tls.certManager.issuerRef.name: is missing: who issues the certificate?" -}}
{{- end -}}
{{- if and $values.auth.existingSecret (not $hasTls) (not $values.auth.plaintext) -}}
{{- fail "auth.existingSecret: workers send no token without tls: set tls.existingSecret or tls.certManager, or auth.plaintext where the network is encrypted" -}}
{{- end -}}
{{- if $values.tls.mutual.enabled -}}
{{- if not $hasTls -}}
{{- fail "tls.mutual.enabled: needs tls.existingSecret or tls.certManager" -}}
{{- else if and $values.tls.existingSecret (not $values.tls.mutual.workerSecret) -}}
{{- fail "tls.mutual.workerSecret: is missing: what do workers show?" -}}
{{- else if eq $values.tls.ca "system" -}}
{{- fail "tls.mutual.enabled: needs the authority of clients as \"ca.crt\" in the Secret: tls.ca is system" -}}
{{- end -}}
{{- end -}}
{{- if and $hasTls (eq (int $values.coordinator.port) (int (include "helium.healthPort" .))) -}}
{{- fail (printf "coordinator.port: %d is the port of its health service with tls: choose another" (int $values.coordinator.port)) -}}
{{- end -}}
{{- if and (not $values.metrics.enabled) (or $values.metrics.podMonitor.enabled $values.metrics.rules.enabled) -}}
{{- fail "metrics.podMonitor and metrics.rules: need metrics.enabled" -}}
{{- end -}}
{{- if $values.metrics.auth.existingSecret -}}
{{- if not $values.metrics.enabled -}}
{{- fail "metrics.auth.existingSecret: needs metrics.enabled: there is nothing to read" -}}
{{- end -}}
{{- $twice := dict "variable" "HELIUM_METRICS_CREDENTIALS" "value" "metrics.auth.existingSecret" -}}
{{- include "helium.checkSetOnce" (merge (dict "at" "coordinator" "extraEnv" $values.coordinator.extraEnv) $twice) -}}
{{- range $pool, $worker := $values.workers -}}
{{- include "helium.checkSetOnce" (merge (dict "at" (printf "workers.%s" $pool) "extraEnv" $worker.extraEnv) $twice) -}}
{{- end -}}
{{- end -}}
{{- if $values.storageKeys.existingSecret -}}
{{- $twice := dict "variable" "HELIUM_STORAGE_KEY_FILE" "value" "storageKeys.existingSecret" -}}
{{- include "helium.checkSetOnce" (merge (dict "at" "coordinator" "extraEnv" $values.coordinator.extraEnv) $twice) -}}
{{- end -}}
{{- if $values.metrics.enabled -}}
{{- $port := int $values.metrics.port -}}
{{- if eq $port (int $values.coordinator.port) -}}
{{- fail (printf "metrics.port: %d is coordinator.port: choose another" $port) -}}
{{- else if eq $port (int (include "helium.healthPort" .)) -}}
{{- fail (printf "metrics.port: %d is the port of health services: choose another" $port) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* image of "coordinator" or "worker": (dict "root" $ "part" "worker") */}}
{{- define "helium.image" -}}
{{- $image := .root.Values.image -}}
{{- $name := index $image .part -}}
{{- $digest := index $image.digests .part -}}
{{- if $image.registry }}{{ $image.registry }}/{{ end }}{{ $name }}
{{- if $digest }}@{{ $digest }}{{ else }}:{{ default .root.Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{- define "helium.cacheSecretName" -}}
{{- default (printf "%s-cache" (include "helium.fullname" .)) .Values.cacheSecret.existingSecret -}}
{{- end -}}

{{- define "helium.podSecurity" -}}
runAsNonRoot: true
{{- range $key, $id := .Values.podSecurityContext }}
{{ $key }}: {{ int64 $id }}
{{- end }}
# Else every start waits until each file of a volume was looked at.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "helium.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}
