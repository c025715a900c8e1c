{{- define "straat.name" -}}
{{- printf "%s" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "straat.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: lief-en-leedstraten
{{ include "straat.selector" . }}
{{- end }}

{{- define "straat.selector" -}}
app.kubernetes.io/name: straat
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* An image by its values: a digest counts, else the tag, else the version of the chart. */}}
{{- define "straat.image" -}}
{{- $image := index . 0 -}}{{- $version := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default $version }}
{{- end -}}
{{- end }}

{{- define "straat.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "straat.container" -}}
image: {{ include "straat.image" (list .Values.image .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{ include "straat.restricted" . }}
{{- end }}

{{- define "straat.restricted" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "straat.settings" -}}
- name: STRAAT_SECRETS
  value: /run/secrets/straat
- name: STRAAT_MASTER_KEY_FILE
  value: /run/secrets/straat/master_key
- name: STRAAT_PUBLIC_URL
  value: {{ printf "https://%s" .Values.hosts.public | quote }}
- name: STRAAT_DESK_URL
  value: {{ printf "https://%s" .Values.hosts.desk | quote }}
- name: STRAAT_TEMPORAL_UI_URL
  value: {{ printf "https://%s" .Values.hosts.temporalUi | quote }}
{{- end }}

{{- define "straat.temporal" -}}
- name: TEMPORAL_ADDRESS
  value: {{ .Values.temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
{{- if .Values.temporal.configSecret }}
- name: TEMPORAL_CONFIG_FILE
  value: /run/temporal/temporal.toml
{{- end }}
{{- end }}

{{- define "straat.watched" -}}
- name: STRAAT_WATCH_HOST
  value: 0.0.0.0
- name: STRAAT_WATCH_PORT
  value: "8610"
{{- with .Values.traces.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* A stuck loop is started anew; whoever lacks a server is not ready, and comes back by itself. */}}
{{- define "straat.worker.probes" -}}
ports:
  - { name: watch, containerPort: 8610 }
startupProbe:
  httpGet: { path: /levend, port: watch }
  periodSeconds: 3
  timeoutSeconds: 5
  failureThreshold: 20
readinessProbe:
  httpGet: { path: /klaar, port: watch }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  httpGet: { path: /levend, port: watch }
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 3
{{- end }}

{{- define "straat.worker.settings" -}}
{{ include "straat.settings" . }}
{{ include "straat.temporal" . }}
{{ include "straat.watched" . }}
- name: STRAAT_MAIL_FROM
  value: {{ .Values.mail.from | quote }}
- name: STRAAT_MAILS_PER_SECOND
  value: {{ .Values.mail.perSecond | quote }}
{{- with .Values.mail.dkimSelector }}
- name: STRAAT_DKIM_SELECTOR
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* Always said, so that what the image bakes does not count against the values. */}}
{{- define "straat.build" -}}
- name: STRAAT_BUILD_ID
  value: {{ .Values.worker.build | quote }}
{{- end }}

{{- define "straat.mounts" -}}
- name: secrets
  mountPath: /run/secrets/straat
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- if .Values.temporal.configSecret }}
- name: temporal
  mountPath: /run/temporal
  readOnly: true
{{- end }}
{{- end }}

{{- define "straat.volumes" -}}
- name: secrets
  secret:
    secretName: {{ .Values.secrets.app }}
    defaultMode: 0440
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if .Values.temporal.configSecret }}
- name: temporal
  secret:
    secretName: {{ .Values.temporal.configSecret }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{- /* Pods of one kind on several machines, where there are several. */}}
{{- define "straat.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "straat.selector" (index . 0) | nindent 8 }}
        app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- /* None while a restore is under way: it is refused while anybody uses the database. */}}
{{- define "straat.replicas" -}}
{{- $values := index . 0 -}}
{{- ternary 0 (index . 1) (not (empty $values.restore.backup)) -}}
{{- end }}

{{- /* Backup and restore: the admin's secret, and of the other one nothing but the key. */}}
{{- define "straat.keeping.settings" -}}
{{- include "straat.settings" . | replace "/run/secrets/straat/master_key" "/run/secrets/key/master_key" }}
{{- end }}

{{- define "straat.keeping.mounts" -}}
- name: secrets
  mountPath: /run/secrets/straat
  readOnly: true
- name: key
  mountPath: /run/secrets/key
  readOnly: true
- name: tmp
  mountPath: /tmp
- name: backups
  mountPath: /var/backups/straat
- name: backup-keys
  mountPath: /var/backups/straat-keys
{{- end }}

{{- define "straat.keeping.volumes" -}}
- name: secrets
  secret:
    secretName: {{ .Values.secrets.admin }}
    defaultMode: 0440
- name: key
  secret:
    secretName: {{ .Values.secrets.app }}
    defaultMode: 0440
    items: [{ key: master_key, path: master_key }]
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- name: backups
  persistentVolumeClaim:
    claimName: {{ include "straat.name" . }}-backups
- name: backup-keys
  persistentVolumeClaim:
    claimName: {{ include "straat.name" . }}-backup-keys
{{- end }}
