"""The entries of the timeline, in order of time; `lib.timeline` makes events of them.

Each reference was looked up; `references.bib` holds what was found.
"""

ENTRIES = (
    {
        "year": 1928, "label": "Hartley: count the choices", "key": "hartley1928", "strand": "information",
        "see": "ch-information",
        "text": "Hartley measures information by the logarithm of the number of possible messages. Probabilities play no part yet.",
    },
    {
        "year": 1946, "label": "Jeffreys: a symmetric sum", "key": "jeffreys1946", "strand": "statistics",
        "see": "sec-timeline-j",
        "text": (
            "Jeffreys, looking for a prior that does not depend on how a parameter is written, compares two distributions by $\\sum "
            "(p - q) \\log (p/q)$: both directions of relative entropy at once."
        ),
    },
    {
        "year": 1948, "label": "Shannon: entropy, capacity", "key": "shannon1948", "strand": "information",
        "see": "sec-timeline-capacity",
        "text": (
            "Shannon weighs the logarithms by probabilities. Entropy, the rate of a noisy channel (today's mutual information) and "
            "its capacity make a theory."
        ),
    },
    {
        "year": 1951, "label": "Kullback, Leibler: D(P‖Q)", "key": "kullback1951", "strand": "statistics",
        "also": ("kullback1959",), "source": "S1", "see": "ch-kl",
        "text": (
            "Kullback and Leibler define the mean information for discrimination, our $D(P \\| Q)$, and prove that no statistic "
            "raises it and that a sufficient one keeps all of it. Kullback's book of 1959 builds a whole statistics on it."
        ),
    },
    {
        "year": 1956, "label": "Lindley: worth of experiments", "key": "lindley1956", "strand": "statistics",
        "see": "ch-bayesian-learning",
        "text": (
            "Lindley values an experiment by the information that it is expected to give about the unknown: the relative entropy of "
            "posterior from prior, averaged over the data to come."
        ),
    },
    {
        "year": 1957, "label": "Sanov: large deviations", "key": "sanov1957", "strand": "statistics",
        "see": "sec-timeline-die",
        "text": (
            "Sanov shows how fast the chance of an untypical sample dies out as the sample grows: exponentially, and the exponent "
            "is a relative entropy."
        ),
    },
    {
        "year": 1957, "label": "Jaynes: maximum entropy", "key": "jaynes1957", "strand": "inference",
        "see": "sec-timeline-die",
        "text": (
            "Jaynes derives the laws of statistical mechanics by choosing, among all distributions that agree with what is known, "
            "the one of largest entropy."
        ),
    },
    {
        "year": 1963, "label": "Csiszár: f-divergences", "key": "csiszar1963", "strand": "information",
        "also": ("ali1966", "csiszar1967",),
        "see": "sec-directions-f",
        "text": (
            "Csiszár puts any convex function in the place of $t \\log t$ and keeps the data processing inequality. Ali and Silvey, "
            "and Morimoto, found the same family independently."
        ),
    },
    {
        "year": 1973, "label": "Akaike: AIC", "key": "akaike1973", "strand": "statistics",
        "see": "sec-timeline-akaike",
        "text": (
            "Akaike reads the maximum of the likelihood as an estimate of a relative entropy, finds it too favourable by about the "
            "number of parameters, and takes that off."
        ),
    },
    {
        "year": 1975, "label": "Csiszár: I-projection", "key": "csiszar1975", "strand": "information",
        "see": "sec-timeline-die",
        "text": (
            "Csiszár treats relative entropy like a squared distance. The nearest member of a convex set is a projection, and for "
            "sets fixed by mean values a theorem of Pythagoras holds."
        ),
    },
    {
        "year": 1976, "label": "Rissanen: arithmetic coding", "key": "rissanen1976", "strand": "information",
        "also": ("pasco1976",),
        "see": "sec-codes-arithmetic",
        "text": (
            "Rissanen codes a whole message as one number, at a length close to its information content in any model; Pasco's "
            "thesis has the idea in the same year. The bits that a wrong model wastes can now be weighed."
        ),
    },
    {
        "year": 1977, "label": "Dempster, Laird, Rubin: EM", "key": "dempster1977", "strand": "inference",
        "see": "sec-timeline-free-energy",
        "text": (
            "Dempster, Laird and Rubin give a general form and a name to a trick that had been found many times for incomplete "
            "data, and prove that no step lowers the likelihood. The heart of the proof is Gibbs' inequality."
        ),
    },
    {
        "year": 1991, "label": "Lin: Jensen-Shannon", "key": "lin1991", "strand": "information",
        "see": "ch-js",
        "text": (
            "Lin builds divergences on Shannon's entropy that stay finite whatever the supports, among them the Jensen-Shannon "
            "divergence."
        ),
    },
    {
        "year": 1993, "label": "Hinton, van Camp: bits back", "key": "hinton1993", "strand": "networks",
        "see": "sec-timeline-free-energy",
        "text": (
            "Hinton and van Camp charge a neural network for the bits in its weights, which come to the relative entropy of a noisy "
            "weight from its prior: variational Bayes before it had the name."
        ),
    },
    {
        "year": 1998, "label": "Neal, Hinton: free energy", "key": "neal1998", "strand": "inference",
        "see": "sec-timeline-free-energy",
        "text": (
            "Neal and Hinton show that both steps of EM lower one and the same free energy, so that either may be done only in "
            "part."
        ),
    },
    {
        "year": 1999, "label": "Jordan et al.: variational", "key": "jordan1999", "strand": "inference",
        "also": ("saul1996",), "see": "sec-timeline-free-energy",
        "text": (
            "Jordan, Ghahramani, Jaakkola and Saul write the introduction to variational methods for graphical models: an intractable "
            "posterior is replaced by the tractable distribution nearest to it in the direction $D(Q \\| P)$."
        ),
    },
    {
        "year": 2000, "label": "Attias: variational Bayes", "key": "attias2000", "strand": "inference",
        "also": ("attias1999",), "source": "S1", "see": "sec-timeline-free-energy",
        "text": (
            "Attias puts parameters, hidden variables and the choice among models under one variational posterior, in two papers "
            "that carry variational Bayes in their titles."
        ),
    },
    {
        "year": 2010, "label": "Nguyen et al.: learn the ratio", "key": "nguyen2010", "strand": "statistics",
        "see": "sec-timeline-learned",
        "text": (
            "Nguyen, Wainwright and Jordan estimate a relative entropy without any density: they train a function on samples of "
            "both distributions, and the best value that it can reach is the divergence."
        ),
    },
    {
        "year": 2013, "label": "Kingma, Welling: VAE", "key": "kingma2014", "strand": "networks",
        "arxiv": "1312.6114", "also": ("rezende2014",), "source": "S1", "see": "sec-timeline-free-energy",
        "text": (
            "Kingma and Welling train an encoder and a decoder on one bound, with a relative entropy in closed form as its penalty: "
            "the variational autoencoder. Rezende, Mohamed and Wierstra had the method independently."
        ),
    },
    {
        "year": 2014, "label": "Goodfellow et al.: GAN", "key": "goodfellow2014", "strand": "networks",
        "see": "sec-js-gan",
        "text": (
            "Goodfellow and seven others let a discriminator learn what tells data from samples. Against the best one, the "
            "generator minimizes a Jensen-Shannon divergence."
        ),
    },
    {
        "year": 2015, "label": "Schulman et al.: TRPO", "key": "schulman2015", "strand": "networks",
        "text": "Schulman and others limit each update of a policy by its relative entropy from the policy before it.",
    },
    {
        "year": 2017, "label": "Arjovsky et al.: Wasserstein", "key": "arjovsky2017", "strand": "networks",
        "see": "sec-directions-disjoint",
        "text": (
            "Arjovsky, Chintala and Bottou give up divergences that look at the ratio $p/q$, which say nothing where supports do "
            "not meet, and train generators by a transport distance."
        ),
    },
    {
        "year": 2017, "label": "Hu et al.: GANs and VAEs", "key": "hu2017", "strand": "networks",
        "source": "S1",
        "text": (
            "Hu, Yang, Salakhutdinov and Xing write adversarial and variational training in one form, as relative entropies in "
            "opposite directions."
        ),
    },
    {
        "year": 2018, "label": "Eysenbach et al.: DIAYN", "key": "eysenbach2019", "strand": "networks",
        "arxiv": "1802.06070",
        "text": (
            "Eysenbach and others learn skills without any reward, by making a skill tell as much as possible about the states that "
            "it leads to."
        ),
    },
    {
        "year": 2018, "label": "Wang et al.: focal KL", "key": "wang2018", "strand": "networks",
        "source": "S1",
        "text": (
            "Wang, Qian and Yu weight the divergence so that hard samples count more, to tell speakers apart who talk at the same "
            "time."
        ),
    },
    {
        "year": 2018, "label": "van den Oord et al.: CPC", "key": "oord2018", "strand": "networks",
        "see": "sec-mc-bounds",
        "text": (
            "Van den Oord, Li and Vinyals learn representations by telling true pairs from false ones; their loss bounds a mutual "
            "information from below."
        ),
    },
    {
        "year": 2020, "label": "Ho et al.: diffusion", "key": "ho2020", "strand": "networks",
        "also": ("sohldickstein2015",),
        "text": (
            "Ho, Jain and Abbeel train an image model on a sum of relative entropies between Gaussians, one for each step of a "
            "noising process. Sohl-Dickstein and others had set the bound up in 2015."
        ),
    },
    {
        "year": 2022, "label": "Ouyang et al.: RLHF", "key": "ouyang2022", "strand": "networks",
        "also": ("jaques2017",), "see": "sec-timeline-return",
        "text": (
            "Ouyang and others fit a language model to human preferences, held back by its relative entropy from the model that it "
            "started as. Jaques and others had trained sequence models under such a penalty in 2017."
        ),
    },
    {
        "year": 2025, "label": "Tang, Munos: gradient traps", "key": "tang2025", "strand": "networks",
        "see": "sec-mc-gradient",
        "text": (
            "Tang and Munos show that common estimates of relative entropy, right in value, give a wrong gradient when used as a "
            "loss."
        ),
    },
)
