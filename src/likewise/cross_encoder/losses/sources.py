"""BibTeX of the papers that the losses come from. Knows no loss."""

from likewise.losses.sources import MARGIN_MSE as MARGIN_MSE

INFO_NCE = """
@misc{oord2019representation,
    title = "Representation Learning with Contrastive Predictive Coding",
    author = "van den Oord, Aaron and Li, Yazhe and Vinyals, Oriol",
    year = "2018",
    eprint = "1807.03748",
    archivePrefix = "arXiv",
}
"""

LIST_NET = """
@inproceedings{cao2007learning,
    title = "Learning to Rank: From Pairwise Approach to Listwise Approach",
    author = "Cao, Zhe and Qin, Tao and Liu, Tie-Yan and Tsai, Ming-Feng and Li, Hang",
    booktitle = "ICML",
    year = "2007",
}
"""

LIST_MLE = """
@inproceedings{xia2008listwise,
    title = "Listwise Approach to Learning to Rank: Theory and Algorithm",
    author = "Xia, Fen and Liu, Tie-Yan and Wang, Jue and Zhang, Wensheng and Li, Hang",
    booktitle = "ICML",
    year = "2008",
}
"""

PLIST_MLE = """
@inproceedings{lan2014position,
    title = "Position-Aware {ListMLE}: A Sequential Learning Process for Ranking",
    author = "Lan, Yanyan and Zhu, Yadong and Guo, Jiafeng and Niu, Shuzi and Cheng, Xueqi",
    booktitle = "UAI",
    year = "2014",
}
"""

LAMBDA_LOSS = """
@inproceedings{wang2018lambdaloss,
    title = "The {LambdaLoss} Framework for Ranking Metric Optimization",
    author = "Wang, Xuanhui and Li, Cheng and Golbandi, Nadav and Bendersky, Michael and Najork, Marc",
    booktitle = "CIKM",
    year = "2018",
}
"""

RANK_NET = """
@inproceedings{burges2005learning,
    title = "Learning to Rank using Gradient Descent",
    author = "Burges, Chris and Shaked, Tal and Renshaw, Erin and Lazier, Ari and Deeds, Matt and Hamilton, Nicole
        and Hullender, Greg",
    booktitle = "ICML",
    year = "2005",
}
"""

ADR_MSE = """
@inproceedings{schlatt2025rankdistillm,
    title = "{Rank-DistiLLM}: Closing the Effectiveness Gap Between Cross-Encoders and {LLMs} for Passage Re-Ranking",
    author = "Schlatt, Ferdinand and Fr{\\"o}be, Maik and Scells, Harrisen and Zhuang, Shengyao and Koopman, Bevan
        and Zuccon, Guido and Stein, Benno and Potthast, Martin and Hagen, Matthias",
    booktitle = "ECIR",
    year = "2025",
    eprint = "2405.07920",
}
"""
