"""BibTeX of the papers that several losses come from. Knows no loss."""

SBERT = """
@inproceedings{reimers-gurevych-2019-sentence-bert,
    title = "Sentence-{BERT}: Sentence Embeddings using {S}iamese {BERT}-Networks",
    author = "Reimers, Nils and Gurevych, Iryna",
    booktitle = "Proceedings of EMNLP-IJCNLP",
    year = "2019",
    url = "https://arxiv.org/abs/1908.10084",
}
"""

TRIPLETS = """
@misc{hermans2017defense,
    title = "In Defense of the Triplet Loss for Person Re-Identification",
    author = "Hermans, Alexander and Beyer, Lucas and Leibe, Bastian",
    year = "2017",
    eprint = "1703.07737",
    archivePrefix = "arXiv",
}
"""

FACENET = """
@inproceedings{schroff2015facenet,
    title = "{FaceNet}: A Unified Embedding for Face Recognition and Clustering",
    author = "Schroff, Florian and Kalenichenko, Dmitry and Philbin, James",
    booktitle = "CVPR",
    year = "2015",
    eprint = "1503.03832",
}
"""

CONTRASTIVE = """
@inproceedings{hadsell2006contrastive,
    title = "Dimensionality Reduction by Learning an Invariant Mapping",
    author = "Hadsell, Raia and Chopra, Sumit and LeCun, Yann",
    booktitle = "CVPR",
    year = "2006",
}
"""

COSENT = """
@online{kexuefm-8847,
    title = "{CoSENT}: A more efficient sentence vector scheme than {Sentence-BERT}",
    author = "Su, Jianlin",
    year = "2022",
    url = "https://kexue.fm/archives/8847",
}
"""

ANGLE = """
@misc{li2023angle,
    title = "{AnglE}-optimized Text Embeddings",
    author = "Li, Xianming and Li, Jing",
    year = "2023",
    eprint = "2309.12871",
    archivePrefix = "arXiv",
}
"""

MULTILINGUAL = """
@inproceedings{reimers-gurevych-2020-multilingual,
    title = "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation",
    author = "Reimers, Nils and Gurevych, Iryna",
    booktitle = "Proceedings of EMNLP",
    year = "2020",
    url = "https://arxiv.org/abs/2004.09813",
}
"""

MARGIN_MSE = """
@misc{hofstatter2020improving,
    title = "Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation",
    author = {Hofst{\\"a}tter, Sebastian and Althammer, Sophia and Schr{\\"o}der, Michael and Sertkan, Mete and
        Hanbury, Allan},
    year = "2020",
    eprint = "2010.02666",
    archivePrefix = "arXiv",
}
"""

KL_DISTILLATION = """
@misc{lin2020distilling,
    title = "Distilling Dense Representations for Ranking using Tightly-Coupled Teachers",
    author = "Lin, Sheng-Chieh and Yang, Jheng-Hong and Lin, Jimmy",
    year = "2020",
    eprint = "2010.11386",
    archivePrefix = "arXiv",
}
"""

ORTHOGONAL = """
@inproceedings{zhang2017spreadout,
    title = "Learning Spread-out Local Feature Descriptors",
    author = "Zhang, Xu and Yu, Felix X. and Kumar, Sanjiv and Chang, Shih-Fu",
    booktitle = "ICCV",
    year = "2017",
    eprint = "1708.06320",
}
"""

EMBED_DISTILL = """
@misc{kim2023embeddistill,
    title = "{EmbedDistill}: A Geometric Knowledge Distillation for Information Retrieval",
    author = "Kim, Seungyeon and Rawat, Ankit Singh and Zaheer, Manzil and others",
    year = "2023",
    eprint = "2301.12005",
    archivePrefix = "arXiv",
}
"""
