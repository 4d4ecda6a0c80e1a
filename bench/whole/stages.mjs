/** The default of OTEL_BSP_MAX_EXPORT_BATCH_SIZE. */
export const BATCH = 512;
/** The distribution also finds the instrumentations of HTTP and others in the folder, which the standard set-up lacks. */
export const ONLY_POSTGRES = { PG_OTEL_INSTRUMENTATIONS: 'none' };

/**
 * Up to where a span's way is measured. `replace` gets the class of the trace exporter before an SDK is started and puts
 * an end to the way, the same for the standard exporter and for ours, which is that one with another serializer.
 */
export const stages = {
  /** The span has ended, and is in a batch. */
  ended: {
    replace(Exporter, seen) {
      Exporter.prototype.export = (spans, done) => {
        seen.spans += spans.length;
        done({ code: 0 });
      };
    },
  },
  /** The batch is encoded. */
  encoded: {
    replace(Exporter, seen) {
      Exporter.prototype.export = function (spans, done) {
        seen.spans += spans.length;
        seen.bytes += this._delegate._serializer.serializeRequest(spans).length;
        done({ code: 0 });
      };
    },
  },
  /** The receiver has answered. */
  sent: {
    replace(Exporter, seen) {
      const { export: send } = Exporter.prototype;
      Exporter.prototype.export = function (spans, done) {
        const answered = new Promise((resolve) => {
          send.call(this, spans, (result) => {
            done(result);
            resolve();
          });
        });
        seen.unanswered.push(answered);
      };
    },
  },
};
