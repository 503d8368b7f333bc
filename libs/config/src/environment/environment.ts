/** Where the TCP microservice transport listens. */
export interface TransportAddress {
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** True when the operator named it: then it must be free, while a default that is taken is skipped with a warning. */
  readonly named: boolean;
}

/** What the environment says, defaults filled in. A variable that is empty counts as not set. */
export interface Environment {
  /** `SWITCHYARD_CONFIG`. Default `switchyard.yaml`. */
  readonly configurationPath: string;
  /** Whether `SWITCHYARD_CONFIG` is set; then the file must be there. */
  readonly configurationIsExplicit: boolean;
  /** `NODE_ENV`, which names the layer over the file. */
  readonly nodeEnv: string | undefined;
  /** `PORT`, 1 to 65,535. Default 3000. */
  readonly port: number;
  /** `HOST`. Default 127.0.0.1. */
  readonly host: string;
  /** `PUBLIC_URL`, where clients reach the API, without a slash at its end. Undefined: as each request says. */
  readonly publicUrl: string | undefined;
  /** `DATABASE_URL`, `postgres://…`. Undefined: embedded Postgres. A secret, since it holds a password. */
  readonly databaseUrl: string | undefined;
  /** `QUEUE_URL`: Postgres, or Redis (one node, `redis+cluster://`, `redis+sentinel://`). Undefined: the database. A secret. */
  readonly queueUrl: string | undefined;
  /** `DATA_DIR`. Default `.switchyard`. */
  readonly dataDirectory: string;
  /** `SWITCHYARD_ADMIN_KEY`, 16 or more visible characters. Undefined: made at the first start. A secret. */
  readonly adminKey: string | undefined;
  /** `SWITCHYARD_SECRET`, 32 bytes or more. Undefined: made in the data directory, if embedded. A secret. */
  readonly secret: string | undefined;
  /** `SWITCHYARD_SECRET_PREVIOUS`, during rotation. A secret. */
  readonly previousSecret: string | undefined;
  /** `WEBHOOK_ALLOW_HOSTS`, in lower case. Default none. */
  readonly webhookAllowHosts: readonly string[];
  /** `LOG_LEVEL`: a level, or a list such as `info,provider-kit=debug`. Default info. */
  readonly logLevel: string;
  /** `MODEL_TRANSPORT`: `off`, a port, or `host:port`. Default loopback at `PORT` + 1. Undefined: off. */
  readonly modelTransport: TransportAddress | undefined;
  /** `APP_PORT_BASE`, the first of the ports of health and metrics of the other processes. Default `PORT` + 100. */
  readonly appPortBase: number;
  /** `SWITCHYARD_STRICT`: a module that cannot start stops the whole start. Default false. */
  readonly strict: boolean;
}
