/** Stands in for `form-data`, which axios loads for uploads of forms. The service sends none. */
class AbsentFormData {
  constructor() {
    throw new Error('Form uploads are not part of this build.');
  }
}

export { AbsentFormData as default };
