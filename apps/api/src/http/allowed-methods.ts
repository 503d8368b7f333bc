import findMyWay from 'find-my-way';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

type Server = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

/** The methods that an address takes, in the order of the alphabet; none for one that there is not. */
type AllowedMethods = (url: string) => readonly string[];

/** Learns of every route that is registered from now on. It reads an address as the server's own router does. */
export function collectMethods(server: Server, options: { readonly maxParamLength: number }): AllowedMethods {
  const router = findMyWay(options);
  const methods = new Set<findMyWay.HTTPMethod>();
  server.addHook('onRoute', ({ url, method }) => {
    for (const each of [method].flat() as findMyWay.HTTPMethod[]) {
      methods.add(each);
      if (!router.hasRoute(each, url)) router.on(each, url, () => undefined);
    }
  });
  return (url) => [...methods].filter((method) => router.find(method, url) !== null).toSorted();
}
