/// keras/src/layers/preprocessing of https://github.com/keras-team/keras, what is for images, and
/// what tf_keras has of it. `Pipeline` is compiled as a model of layers.
enum ImageLayers {
  static let table: [String: any LayerLowering.Type] = [
    "Rescaling": Rescaling.self, "Normalization": Normalization.self,
    "Resizing": Resizing.self, "CenterCrop": CenterCrop.self, "RandomCrop": RandomCrop.self,
    "AutoContrast": AutoContrast.self, "MaxNumBoundingBoxes": MaxNumBoundingBoxes.self,
    "ContrastLimitedAdaptiveHistogramEqualization": LocalEqualization.self,
  ].merging(trainingOnly.map { ($0, TrainingOnly.self) }) { first, _ in first }

  private static let trainingOnly = [
    "AugMix", "CutMix", "Equalization", "MixUp", "RandAugment",
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast",
    "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
    "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomWidth", "RandomZoom", "Solarization",
  ]
}
