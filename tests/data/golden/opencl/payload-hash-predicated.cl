// hash_payload+checksum_payload+count_nibbles: ordered, it writes values of results.
// One frame runs after the other, since the chain writes values of results at a place that all frames have in common.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void chain(global uchar *restrict packets,
    global uchar *restrict records,
    global const int *restrict numbers,
    global uint *restrict outcomes,
    global ushort *restrict ways,
    const uint count,
    const uint stride,
    const uint cpu,
    const ulong seed,
    const ulong wall,
    const ulong tai,
    volatile global const uint *restrict stop,
    global uchar *m0_values,
    global uchar *m1_values)
{
for (uint n = 0; n < count; n++)
{
FETCH(packets + (ulong)numbers[min(n + 16, count - 1)] * stride + 256);
const int number = numbers[n];
global uchar *packet = packets + (ulong)number * stride, *record = records + (ulong)number * RECORD_BYTES;
frame_place frame = { (uint)LOAD(global, u32, record + RECORD_META), (uint)LOAD(global, u32, record + RECORD_DATA), (uint)LOAD(global, u32, record + RECORD_END), (uint)LOAD(global, u32, record + RECORD_FRAGMENTS) };
if (frame.fragments != 0) outcomes[n] = 5632;
else if (*stop != 0) outcomes[n] = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31;
ulong v32, v33, v34, v35, v36, v37, v38, v39, v40, v41, v42, v43, v44, v45, v46, v47;
ulong v48, v49, v50, v51, v52, v53, v54, v55, v56, v57, v58, v59, v60, v61, v62, v63;
ulong v64, v65, v66, v67, v68, v69, v70, v71, v72, v73, v74, v75, v76, v77, v78, v79;
ulong v80, v81, v82, v83, v84, v85, v86, v87, v88, v89, v90, v91, v92, v93, v94, v95;
ulong v96, v97, v98, v99, v100, v101, v102, v103, v104, v105, v106, v107, v108, v109, v110, v111;
ulong v112, v113, v114, v115, v116, v117, v118, v119, v120, v121, v122, v123, v124, v125, v126, v127;
ulong v128, v129, v130, v131, v132, v133, v134, v135, v136, v137, v138, v139, v140, v141, v142, v143;
ulong v144, v145, v146, v147, v148, v149, v150, v151, v152, v153, v154, v155, v156, v157, v158, v159;
ulong v160, v161, v162, v163, v164, v165, v166, v167, v168, v169, v170, v171, v172, v173, v174, v175;
ulong v176, v177, v178, v179, v180, v181, v182, v183, v184, v185, v186, v187, v188, v189, v190, v191;
ulong v192, v193, v194, v195, v196, v197, v198, v199, v200, v201, v202, v203, v204, v205, v206, v207;
ulong v208, v209, v210, v211, v212, v213, v214, v215, v216, v217, v218, v219, v220, v221, v222, v223;
ulong v224, v225, v226, v227, v228, v229, v230, v231, v232, v233, v234, v235, v236, v237, v238, v239;
ulong v240, v241, v242, v243, v244, v245, v246, v247, v248, v249, v250, v251, v252, v253, v254, v255;
ulong v256, v257, v258, v259, v260, v261, v262, v263, v264, v265, v266, v267, v268, v269, v270, v271;
ulong v272, v273, v274, v275, v276, v277, v278, v279, v280, v281, v282, v283, v284, v285, v286, v287;
ulong v288, v289, v290, v291, v292, v293, v294, v295, v296, v297, v298, v299, v300, v301, v302, v303;
ulong v304, v305, v306, v307, v308, v309, v310, v311, v312, v313, v314, v315, v316, v317, v318, v319;
ulong v320, v321, v322, v323, v324, v325, v326, v327, v328, v329, v330, v331, v332, v333, v334, v335;
ulong v336, v337, v338, v339, v340;
bool in0 = true, in1 = false, in2 = false, in3 = false, in4 = false, in5 = false, in6 = false, in7 = false, in8 = false, in9 = false, in10 = false, in11 = false, in12 = false, in13 = false, in14 = false, in15 = false;
bool in16 = false, in17 = false, in18 = false, in19 = false, in20 = false, in21 = false, in22 = false, in23 = false, in24 = false, in25 = false, in26 = false, in27 = false, in28 = false, in29 = false, in30 = false, in31 = false;
bool in32 = false, in33 = false, in34 = false, in35 = false, in36 = false, in37 = false, in38 = false, in39 = false, in40 = false, in41 = false, in42 = false, in43 = false, in44 = false, in45 = false, in46 = false, in47 = false;
bool in48 = false, in49 = false, in50 = false, in51 = false, in52 = false, in53 = false, in54 = false, in55 = false, in56 = false, in57 = false, in58 = false, in59 = false, in60 = false, in61 = false, in62 = false, in63 = false;
bool in64 = false, in65 = false, in66 = false, in67 = false, in68 = false, in69 = false, in70 = false, in71 = false, in72 = false, in73 = false, in74 = false, in75 = false, in76 = false, in77 = false, in78 = false, in79 = false;
bool in80 = false, in81 = false, in82 = false, in83 = false, in84 = false, in85 = false, in86 = false, in87 = false, in88 = false, in89 = false, in90 = false, in91 = false, in92 = false, in93 = false, in94 = false, in95 = false;
bool in96 = false, in97 = false, in98 = false, in99 = false, in100 = false, in101 = false, in102 = false, in103 = false, in104 = false, in105 = false, in106 = false, in107 = false, in108 = false, in109 = false, in110 = false, in111 = false;
bool in112 = false, in113 = false, in114 = false, in115 = false, in116 = false, in117 = false, in118 = false, in119 = false, in120 = false, in121 = false, in122 = false, in123 = false, in124 = false, in125 = false, in126 = false, in127 = false;
bool in128 = false, in129 = false, in130 = false, in131 = false, in132 = false, in133 = false, in134 = false, in135 = false, in136 = false, in137 = false, in138 = false, in139 = false, in140 = false, in141 = false, in142 = false, in143 = false;
bool in144 = false;
    if (in0)
    {
        v0 = (ulong)frame.data;
        v1 = (ulong)frame.end;
        { const ulong next0 = 0UL, next1 = 0xcbf29ce484222325UL, next2 = 0UL, next3 = 1UL, next4 = 0UL; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
        in1 = true;
    }
b1: ;
    if (in1)
    {
        in1 = false;
        v7 = (v0 + v2);
        if ((v1 < (v7 + 1UL)))
        {
            in2 = true;
        }
        else
        {
            in67 = true;
        }
    }
    if (in2)
    {
        in2 = false;
        STORE(global, u64, m0_values + 0, v3);
        v8 = LOAD(global, u64, m0_values + 8);
        STORE(global, u64, m0_values + 8, ((v8 * 31UL) + v3));
        v9 = ((((v6 & 0xffffffffUL) % 65521UL) << 16) | ((v5 & 0xffffffffUL) % 65521UL));
        STORE(global, u64, m0_values + 16, v9);
        v10 = LOAD(global, u64, m0_values + 24);
        STORE(global, u64, m0_values + 24, ((v10 * 31UL) + v9));
        STORE(global, u64, m0_values + 32, v4);
        v11 = LOAD(global, u64, m0_values + 40);
        STORE(global, u64, m0_values + 40, ((v11 * 31UL) + v4));
        if (((v3 & 1UL) == 0UL))
        {
            in3 = true;
        }
        else
        {
            in35 = true;
        }
    }
    if (in3)
    {
        in3 = false;
        ways[(ulong)n * 66 + logged++] = 0;
        if ((v1 < (v0 + 2UL)))
        {
            in4 = true;
        }
        else
        {
            { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v12 = next0; v13 = next1; v14 = next2; v15 = next3; }
            in11 = true;
        }
    }
    if (in4)
    {
        in4 = false;
        if ((v1 < (v0 + 1UL)))
        {
            in5 = true;
        }
        else
        {
            in8 = true;
        }
    }
    if (in5)
    {
        in5 = false;
        STORE(global, u64, m0_values + 48, 65535UL);
        v16 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v16 * 31UL) + 65535UL));
        ways[(ulong)n * 66 + logged++] = 1;
        v17 = 0UL;
        in6 = true;
    }
b6: ;
    if (in6)
    {
        in6 = false;
        v18 = (v0 + v17);
        if ((v1 < (v18 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in7 = true;
        }
    }
    if (in7)
    {
        in7 = false;
        v19 = LOAD(global, u8, packet + (v18));
        v20 = ((AT_MAP(1) + 0UL) + ((v19 >> 4) * 8UL));
        v21 = LOAD(global, u64, m1_values + (v20 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v20 - AT_MAP(1)), (v21 + 1UL));
        if ((v17 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v17 = (v17 + 1UL);
            in6 = true;
        }
    }
    if (in6) goto b6;
    if (in8)
    {
        in8 = false;
        v22 = LOAD(global, u8, packet + (v0));
        v23 = (v22 ^ 65535UL);
        STORE(global, u64, m0_values + 48, v23);
        v24 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v24 * 31UL) + v23));
        ways[(ulong)n * 66 + logged++] = 1;
        v25 = 0UL;
        in9 = true;
    }
b9: ;
    if (in9)
    {
        in9 = false;
        v26 = (v0 + v25);
        if ((v1 < (v26 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in10 = true;
        }
    }
    if (in10)
    {
        in10 = false;
        v27 = LOAD(global, u8, packet + (v26));
        v28 = ((AT_MAP(1) + 0UL) + ((v27 >> 4) * 8UL));
        v29 = LOAD(global, u64, m1_values + (v28 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v28 - AT_MAP(1)), (v29 + 1UL));
        if ((v25 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v25 = (v25 + 1UL);
            in9 = true;
        }
    }
    if (in9) goto b9;
b11: ;
    if (in11)
    {
        in11 = false;
        v30 = LOAD(global, u16, packet + (v14));
        v31 = (v15 + v30);
        v32 = (v31 & 0xffffffffUL);
        v33 = (v12 + 2UL);
        if ((755UL < (v13 & 0xffffffffUL)))
        {
            in12 = true;
        }
        else
        {
            in23 = true;
        }
    }
    if (in12)
    {
        in12 = false;
        v34 = (v12 + 4UL);
        if ((v1 < (v12 + 3UL)))
        {
            in13 = true;
        }
        else
        {
            in16 = true;
        }
    }
    if (in13)
    {
        in13 = false;
        v35 = ((v31 & 65535UL) + (v32 >> 16));
        v36 = ((((v35 >> 16) + v35) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v36);
        v37 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v37 * 31UL) + v36));
        ways[(ulong)n * 66 + logged++] = 1;
        v38 = 0UL;
        in14 = true;
    }
b14: ;
    if (in14)
    {
        in14 = false;
        v39 = (v0 + v38);
        if ((v1 < (v39 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in15 = true;
        }
    }
    if (in15)
    {
        in15 = false;
        v40 = LOAD(global, u8, packet + (v39));
        v41 = ((AT_MAP(1) + 0UL) + ((v40 >> 4) * 8UL));
        v42 = LOAD(global, u64, m1_values + (v41 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v41 - AT_MAP(1)), (v42 + 1UL));
        if ((v38 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v38 = (v38 + 1UL);
            in14 = true;
        }
    }
    if (in14) goto b14;
    if (in16)
    {
        in16 = false;
        if ((v1 < v34))
        {
            in17 = true;
        }
        else
        {
            in20 = true;
        }
    }
    if (in17)
    {
        in17 = false;
        v43 = LOAD(global, u8, packet + (v33));
        v44 = (v31 + v43);
        v45 = ((v44 & 65535UL) + ((v44 & 0xffffffffUL) >> 16));
        v46 = ((((v45 >> 16) + v45) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v46);
        v47 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v47 * 31UL) + v46));
        ways[(ulong)n * 66 + logged++] = 1;
        v48 = 0UL;
        in18 = true;
    }
b18: ;
    if (in18)
    {
        in18 = false;
        v49 = (v0 + v48);
        if ((v1 < (v49 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in19 = true;
        }
    }
    if (in19)
    {
        in19 = false;
        v50 = LOAD(global, u8, packet + (v49));
        v51 = ((AT_MAP(1) + 0UL) + ((v50 >> 4) * 8UL));
        v52 = LOAD(global, u64, m1_values + (v51 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v51 - AT_MAP(1)), (v52 + 1UL));
        if ((v48 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v48 = (v48 + 1UL);
            in18 = true;
        }
    }
    if (in18) goto b18;
    if (in20)
    {
        in20 = false;
        v53 = ((v31 & 65535UL) + (v32 >> 16));
        v54 = ((((v53 >> 16) + v53) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v54);
        v55 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v55 * 31UL) + v54));
        ways[(ulong)n * 66 + logged++] = 1;
        v56 = 0UL;
        in21 = true;
    }
b21: ;
    if (in21)
    {
        in21 = false;
        v57 = (v0 + v56);
        if ((v1 < (v57 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in22 = true;
        }
    }
    if (in22)
    {
        in22 = false;
        v58 = LOAD(global, u8, packet + (v57));
        v59 = ((AT_MAP(1) + 0UL) + ((v58 >> 4) * 8UL));
        v60 = LOAD(global, u64, m1_values + (v59 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v59 - AT_MAP(1)), (v60 + 1UL));
        if ((v56 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v56 = (v56 + 1UL);
            in21 = true;
        }
    }
    if (in21) goto b21;
    if (in23)
    {
        in23 = false;
        if ((v1 < (v14 + 4UL)))
        {
            in24 = true;
        }
        else
        {
            { const ulong next0 = v33, next1 = ((v13 + 1UL) & 0xffffffffUL), next2 = v33, next3 = v32; v12 = next0; v13 = next1; v14 = next2; v15 = next3; }
            in11 = true;
        }
    }
    if (in11) goto b11;
    if (in24)
    {
        in24 = false;
        v61 = (v12 + 4UL);
        if ((v1 < (v12 + 3UL)))
        {
            in25 = true;
        }
        else
        {
            in28 = true;
        }
    }
    if (in25)
    {
        in25 = false;
        v62 = ((v31 & 65535UL) + (v32 >> 16));
        v63 = ((((v62 >> 16) + v62) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v63);
        v64 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v64 * 31UL) + v63));
        ways[(ulong)n * 66 + logged++] = 1;
        v65 = 0UL;
        in26 = true;
    }
b26: ;
    if (in26)
    {
        in26 = false;
        v66 = (v0 + v65);
        if ((v1 < (v66 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in27 = true;
        }
    }
    if (in27)
    {
        in27 = false;
        v67 = LOAD(global, u8, packet + (v66));
        v68 = ((AT_MAP(1) + 0UL) + ((v67 >> 4) * 8UL));
        v69 = LOAD(global, u64, m1_values + (v68 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v68 - AT_MAP(1)), (v69 + 1UL));
        if ((v65 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v65 = (v65 + 1UL);
            in26 = true;
        }
    }
    if (in26) goto b26;
    if (in28)
    {
        in28 = false;
        if ((v1 < v61))
        {
            in29 = true;
        }
        else
        {
            in32 = true;
        }
    }
    if (in29)
    {
        in29 = false;
        v70 = LOAD(global, u8, packet + (v33));
        v71 = (v31 + v70);
        v72 = ((v71 & 65535UL) + ((v71 & 0xffffffffUL) >> 16));
        v73 = ((((v72 >> 16) + v72) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v73);
        v74 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v74 * 31UL) + v73));
        ways[(ulong)n * 66 + logged++] = 1;
        v75 = 0UL;
        in30 = true;
    }
b30: ;
    if (in30)
    {
        in30 = false;
        v76 = (v0 + v75);
        if ((v1 < (v76 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in31 = true;
        }
    }
    if (in31)
    {
        in31 = false;
        v77 = LOAD(global, u8, packet + (v76));
        v78 = ((AT_MAP(1) + 0UL) + ((v77 >> 4) * 8UL));
        v79 = LOAD(global, u64, m1_values + (v78 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v78 - AT_MAP(1)), (v79 + 1UL));
        if ((v75 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v75 = (v75 + 1UL);
            in30 = true;
        }
    }
    if (in30) goto b30;
    if (in32)
    {
        in32 = false;
        v80 = ((v31 & 65535UL) + (v32 >> 16));
        v81 = ((((v80 >> 16) + v80) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v81);
        v82 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v82 * 31UL) + v81));
        ways[(ulong)n * 66 + logged++] = 1;
        v83 = 0UL;
        in33 = true;
    }
b33: ;
    if (in33)
    {
        in33 = false;
        v84 = (v0 + v83);
        if ((v1 < (v84 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in34 = true;
        }
    }
    if (in34)
    {
        in34 = false;
        v85 = LOAD(global, u8, packet + (v84));
        v86 = ((AT_MAP(1) + 0UL) + ((v85 >> 4) * 8UL));
        v87 = LOAD(global, u64, m1_values + (v86 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v86 - AT_MAP(1)), (v87 + 1UL));
        if ((v83 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v83 = (v83 + 1UL);
            in33 = true;
        }
    }
    if (in33) goto b33;
    if (in35)
    {
        in35 = false;
        ways[(ulong)n * 66 + logged++] = 2;
        if ((v1 < (v0 + 2UL)))
        {
            in36 = true;
        }
        else
        {
            { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v88 = next0; v89 = next1; v90 = next2; v91 = next3; }
            in43 = true;
        }
    }
    if (in36)
    {
        in36 = false;
        if ((v1 < (v0 + 1UL)))
        {
            in37 = true;
        }
        else
        {
            in40 = true;
        }
    }
    if (in37)
    {
        in37 = false;
        STORE(global, u64, m0_values + 48, 65535UL);
        v92 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v92 * 31UL) + 65535UL));
        ways[(ulong)n * 66 + logged++] = 1;
        v93 = 0UL;
        in38 = true;
    }
b38: ;
    if (in38)
    {
        in38 = false;
        v94 = (v0 + v93);
        if ((v1 < (v94 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in39 = true;
        }
    }
    if (in39)
    {
        in39 = false;
        v95 = LOAD(global, u8, packet + (v94));
        v96 = ((AT_MAP(1) + 0UL) + ((v95 >> 4) * 8UL));
        v97 = LOAD(global, u64, m1_values + (v96 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v96 - AT_MAP(1)), (v97 + 1UL));
        if ((v93 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v93 = (v93 + 1UL);
            in38 = true;
        }
    }
    if (in38) goto b38;
    if (in40)
    {
        in40 = false;
        v98 = LOAD(global, u8, packet + (v0));
        v99 = (v98 ^ 65535UL);
        STORE(global, u64, m0_values + 48, v99);
        v100 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v100 * 31UL) + v99));
        ways[(ulong)n * 66 + logged++] = 1;
        v101 = 0UL;
        in41 = true;
    }
b41: ;
    if (in41)
    {
        in41 = false;
        v102 = (v0 + v101);
        if ((v1 < (v102 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in42 = true;
        }
    }
    if (in42)
    {
        in42 = false;
        v103 = LOAD(global, u8, packet + (v102));
        v104 = ((AT_MAP(1) + 0UL) + ((v103 >> 4) * 8UL));
        v105 = LOAD(global, u64, m1_values + (v104 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v104 - AT_MAP(1)), (v105 + 1UL));
        if ((v101 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v101 = (v101 + 1UL);
            in41 = true;
        }
    }
    if (in41) goto b41;
b43: ;
    if (in43)
    {
        in43 = false;
        v106 = LOAD(global, u16, packet + (v90));
        v107 = (v91 + v106);
        v108 = (v107 & 0xffffffffUL);
        v109 = (v88 + 2UL);
        if ((755UL < (v89 & 0xffffffffUL)))
        {
            in44 = true;
        }
        else
        {
            in55 = true;
        }
    }
    if (in44)
    {
        in44 = false;
        v110 = (v88 + 4UL);
        if ((v1 < (v88 + 3UL)))
        {
            in45 = true;
        }
        else
        {
            in48 = true;
        }
    }
    if (in45)
    {
        in45 = false;
        v111 = ((v107 & 65535UL) + (v108 >> 16));
        v112 = ((((v111 >> 16) + v111) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v112);
        v113 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v113 * 31UL) + v112));
        ways[(ulong)n * 66 + logged++] = 1;
        v114 = 0UL;
        in46 = true;
    }
b46: ;
    if (in46)
    {
        in46 = false;
        v115 = (v0 + v114);
        if ((v1 < (v115 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in47 = true;
        }
    }
    if (in47)
    {
        in47 = false;
        v116 = LOAD(global, u8, packet + (v115));
        v117 = ((AT_MAP(1) + 0UL) + ((v116 >> 4) * 8UL));
        v118 = LOAD(global, u64, m1_values + (v117 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v117 - AT_MAP(1)), (v118 + 1UL));
        if ((v114 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v114 = (v114 + 1UL);
            in46 = true;
        }
    }
    if (in46) goto b46;
    if (in48)
    {
        in48 = false;
        if ((v1 < v110))
        {
            in49 = true;
        }
        else
        {
            in52 = true;
        }
    }
    if (in49)
    {
        in49 = false;
        v119 = LOAD(global, u8, packet + (v109));
        v120 = (v107 + v119);
        v121 = ((v120 & 65535UL) + ((v120 & 0xffffffffUL) >> 16));
        v122 = ((((v121 >> 16) + v121) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v122);
        v123 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v123 * 31UL) + v122));
        ways[(ulong)n * 66 + logged++] = 1;
        v124 = 0UL;
        in50 = true;
    }
b50: ;
    if (in50)
    {
        in50 = false;
        v125 = (v0 + v124);
        if ((v1 < (v125 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in51 = true;
        }
    }
    if (in51)
    {
        in51 = false;
        v126 = LOAD(global, u8, packet + (v125));
        v127 = ((AT_MAP(1) + 0UL) + ((v126 >> 4) * 8UL));
        v128 = LOAD(global, u64, m1_values + (v127 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v127 - AT_MAP(1)), (v128 + 1UL));
        if ((v124 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v124 = (v124 + 1UL);
            in50 = true;
        }
    }
    if (in50) goto b50;
    if (in52)
    {
        in52 = false;
        v129 = ((v107 & 65535UL) + (v108 >> 16));
        v130 = ((((v129 >> 16) + v129) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v130);
        v131 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v131 * 31UL) + v130));
        ways[(ulong)n * 66 + logged++] = 1;
        v132 = 0UL;
        in53 = true;
    }
b53: ;
    if (in53)
    {
        in53 = false;
        v133 = (v0 + v132);
        if ((v1 < (v133 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in54 = true;
        }
    }
    if (in54)
    {
        in54 = false;
        v134 = LOAD(global, u8, packet + (v133));
        v135 = ((AT_MAP(1) + 0UL) + ((v134 >> 4) * 8UL));
        v136 = LOAD(global, u64, m1_values + (v135 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v135 - AT_MAP(1)), (v136 + 1UL));
        if ((v132 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v132 = (v132 + 1UL);
            in53 = true;
        }
    }
    if (in53) goto b53;
    if (in55)
    {
        in55 = false;
        if ((v1 < (v90 + 4UL)))
        {
            in56 = true;
        }
        else
        {
            { const ulong next0 = v109, next1 = ((v89 + 1UL) & 0xffffffffUL), next2 = v109, next3 = v108; v88 = next0; v89 = next1; v90 = next2; v91 = next3; }
            in43 = true;
        }
    }
    if (in43) goto b43;
    if (in56)
    {
        in56 = false;
        v137 = (v88 + 4UL);
        if ((v1 < (v88 + 3UL)))
        {
            in57 = true;
        }
        else
        {
            in60 = true;
        }
    }
    if (in57)
    {
        in57 = false;
        v138 = ((v107 & 65535UL) + (v108 >> 16));
        v139 = ((((v138 >> 16) + v138) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v139);
        v140 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v140 * 31UL) + v139));
        ways[(ulong)n * 66 + logged++] = 1;
        v141 = 0UL;
        in58 = true;
    }
b58: ;
    if (in58)
    {
        in58 = false;
        v142 = (v0 + v141);
        if ((v1 < (v142 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in59 = true;
        }
    }
    if (in59)
    {
        in59 = false;
        v143 = LOAD(global, u8, packet + (v142));
        v144 = ((AT_MAP(1) + 0UL) + ((v143 >> 4) * 8UL));
        v145 = LOAD(global, u64, m1_values + (v144 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v144 - AT_MAP(1)), (v145 + 1UL));
        if ((v141 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v141 = (v141 + 1UL);
            in58 = true;
        }
    }
    if (in58) goto b58;
    if (in60)
    {
        in60 = false;
        if ((v1 < v137))
        {
            in61 = true;
        }
        else
        {
            in64 = true;
        }
    }
    if (in61)
    {
        in61 = false;
        v146 = LOAD(global, u8, packet + (v109));
        v147 = (v107 + v146);
        v148 = ((v147 & 65535UL) + ((v147 & 0xffffffffUL) >> 16));
        v149 = ((((v148 >> 16) + v148) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v149);
        v150 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v150 * 31UL) + v149));
        ways[(ulong)n * 66 + logged++] = 1;
        v151 = 0UL;
        in62 = true;
    }
b62: ;
    if (in62)
    {
        in62 = false;
        v152 = (v0 + v151);
        if ((v1 < (v152 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in63 = true;
        }
    }
    if (in63)
    {
        in63 = false;
        v153 = LOAD(global, u8, packet + (v152));
        v154 = ((AT_MAP(1) + 0UL) + ((v153 >> 4) * 8UL));
        v155 = LOAD(global, u64, m1_values + (v154 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v154 - AT_MAP(1)), (v155 + 1UL));
        if ((v151 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v151 = (v151 + 1UL);
            in62 = true;
        }
    }
    if (in62) goto b62;
    if (in64)
    {
        in64 = false;
        v156 = ((v107 & 65535UL) + (v108 >> 16));
        v157 = ((((v156 >> 16) + v156) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v157);
        v158 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v158 * 31UL) + v157));
        ways[(ulong)n * 66 + logged++] = 1;
        v159 = 0UL;
        in65 = true;
    }
b65: ;
    if (in65)
    {
        in65 = false;
        v160 = (v0 + v159);
        if ((v1 < (v160 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in66 = true;
        }
    }
    if (in66)
    {
        in66 = false;
        v161 = LOAD(global, u8, packet + (v160));
        v162 = ((AT_MAP(1) + 0UL) + ((v161 >> 4) * 8UL));
        v163 = LOAD(global, u64, m1_values + (v162 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v162 - AT_MAP(1)), (v163 + 1UL));
        if ((v159 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v159 = (v159 + 1UL);
            in65 = true;
        }
    }
    if (in65) goto b65;
    if (in67)
    {
        in67 = false;
        v164 = LOAD(global, u8, packet + (v7));
        if ((v164 == 0UL))
        {
            in68 = true;
        }
        else
        {
            in122 = true;
        }
    }
    if (in68)
    {
        in68 = false;
        v165 = ((v4 + 1UL) & 0xffffffffUL);
        v166 = (v3 * 0x100000001b3UL);
        v167 = (v5 & 0xffffffffUL);
        v168 = ((v5 + v6) & 0xffffffffUL);
        if ((v2 == 1513UL))
        {
            in69 = true;
        }
        else
        {
            { const ulong next0 = (v2 + 1UL), next1 = v166, next2 = v165, next3 = v167, next4 = v168; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
            in1 = true;
        }
    }
    if (in1) goto b1;
    if (in69)
    {
        in69 = false;
        STORE(global, u64, m0_values + 0, v166);
        v169 = LOAD(global, u64, m0_values + 8);
        STORE(global, u64, m0_values + 8, ((v169 * 31UL) + v166));
        v170 = (((v168 % 65521UL) << 16) | (v167 % 65521UL));
        STORE(global, u64, m0_values + 16, v170);
        v171 = LOAD(global, u64, m0_values + 24);
        STORE(global, u64, m0_values + 24, ((v171 * 31UL) + v170));
        STORE(global, u64, m0_values + 32, v165);
        v172 = LOAD(global, u64, m0_values + 40);
        STORE(global, u64, m0_values + 40, ((v172 * 31UL) + v165));
        if (((v3 & 1UL) == 0UL))
        {
            in70 = true;
        }
        else
        {
            in102 = true;
        }
    }
    if (in70)
    {
        in70 = false;
        ways[(ulong)n * 66 + logged++] = 0;
        if ((v1 < (v0 + 2UL)))
        {
            in71 = true;
        }
        else
        {
            { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v173 = next0; v174 = next1; v175 = next2; v176 = next3; }
            in78 = true;
        }
    }
    if (in71)
    {
        in71 = false;
        if ((v1 < (v0 + 1UL)))
        {
            in72 = true;
        }
        else
        {
            in75 = true;
        }
    }
    if (in72)
    {
        in72 = false;
        STORE(global, u64, m0_values + 48, 65535UL);
        v177 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v177 * 31UL) + 65535UL));
        ways[(ulong)n * 66 + logged++] = 1;
        v178 = 0UL;
        in73 = true;
    }
b73: ;
    if (in73)
    {
        in73 = false;
        v179 = (v0 + v178);
        if ((v1 < (v179 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in74 = true;
        }
    }
    if (in74)
    {
        in74 = false;
        v180 = LOAD(global, u8, packet + (v179));
        v181 = ((AT_MAP(1) + 0UL) + ((v180 >> 4) * 8UL));
        v182 = LOAD(global, u64, m1_values + (v181 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v181 - AT_MAP(1)), (v182 + 1UL));
        if ((v178 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v178 = (v178 + 1UL);
            in73 = true;
        }
    }
    if (in73) goto b73;
    if (in75)
    {
        in75 = false;
        v183 = LOAD(global, u8, packet + (v0));
        v184 = (v183 ^ 65535UL);
        STORE(global, u64, m0_values + 48, v184);
        v185 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v185 * 31UL) + v184));
        ways[(ulong)n * 66 + logged++] = 1;
        v186 = 0UL;
        in76 = true;
    }
b76: ;
    if (in76)
    {
        in76 = false;
        v187 = (v0 + v186);
        if ((v1 < (v187 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in77 = true;
        }
    }
    if (in77)
    {
        in77 = false;
        v188 = LOAD(global, u8, packet + (v187));
        v189 = ((AT_MAP(1) + 0UL) + ((v188 >> 4) * 8UL));
        v190 = LOAD(global, u64, m1_values + (v189 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v189 - AT_MAP(1)), (v190 + 1UL));
        if ((v186 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v186 = (v186 + 1UL);
            in76 = true;
        }
    }
    if (in76) goto b76;
b78: ;
    if (in78)
    {
        in78 = false;
        v191 = LOAD(global, u16, packet + (v175));
        v192 = (v176 + v191);
        v193 = (v192 & 0xffffffffUL);
        v194 = (v173 + 2UL);
        if ((755UL < (v174 & 0xffffffffUL)))
        {
            in79 = true;
        }
        else
        {
            in90 = true;
        }
    }
    if (in79)
    {
        in79 = false;
        v195 = (v173 + 4UL);
        if ((v1 < (v173 + 3UL)))
        {
            in80 = true;
        }
        else
        {
            in83 = true;
        }
    }
    if (in80)
    {
        in80 = false;
        v196 = ((v192 & 65535UL) + (v193 >> 16));
        v197 = ((((v196 >> 16) + v196) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v197);
        v198 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v198 * 31UL) + v197));
        ways[(ulong)n * 66 + logged++] = 1;
        v199 = 0UL;
        in81 = true;
    }
b81: ;
    if (in81)
    {
        in81 = false;
        v200 = (v0 + v199);
        if ((v1 < (v200 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in82 = true;
        }
    }
    if (in82)
    {
        in82 = false;
        v201 = LOAD(global, u8, packet + (v200));
        v202 = ((AT_MAP(1) + 0UL) + ((v201 >> 4) * 8UL));
        v203 = LOAD(global, u64, m1_values + (v202 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v202 - AT_MAP(1)), (v203 + 1UL));
        if ((v199 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v199 = (v199 + 1UL);
            in81 = true;
        }
    }
    if (in81) goto b81;
    if (in83)
    {
        in83 = false;
        if ((v1 < v195))
        {
            in84 = true;
        }
        else
        {
            in87 = true;
        }
    }
    if (in84)
    {
        in84 = false;
        v204 = LOAD(global, u8, packet + (v194));
        v205 = (v192 + v204);
        v206 = ((v205 & 65535UL) + ((v205 & 0xffffffffUL) >> 16));
        v207 = ((((v206 >> 16) + v206) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v207);
        v208 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v208 * 31UL) + v207));
        ways[(ulong)n * 66 + logged++] = 1;
        v209 = 0UL;
        in85 = true;
    }
b85: ;
    if (in85)
    {
        in85 = false;
        v210 = (v0 + v209);
        if ((v1 < (v210 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in86 = true;
        }
    }
    if (in86)
    {
        in86 = false;
        v211 = LOAD(global, u8, packet + (v210));
        v212 = ((AT_MAP(1) + 0UL) + ((v211 >> 4) * 8UL));
        v213 = LOAD(global, u64, m1_values + (v212 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v212 - AT_MAP(1)), (v213 + 1UL));
        if ((v209 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v209 = (v209 + 1UL);
            in85 = true;
        }
    }
    if (in85) goto b85;
    if (in87)
    {
        in87 = false;
        v214 = ((v192 & 65535UL) + (v193 >> 16));
        v215 = ((((v214 >> 16) + v214) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v215);
        v216 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v216 * 31UL) + v215));
        ways[(ulong)n * 66 + logged++] = 1;
        v217 = 0UL;
        in88 = true;
    }
b88: ;
    if (in88)
    {
        in88 = false;
        v218 = (v0 + v217);
        if ((v1 < (v218 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in89 = true;
        }
    }
    if (in89)
    {
        in89 = false;
        v219 = LOAD(global, u8, packet + (v218));
        v220 = ((AT_MAP(1) + 0UL) + ((v219 >> 4) * 8UL));
        v221 = LOAD(global, u64, m1_values + (v220 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v220 - AT_MAP(1)), (v221 + 1UL));
        if ((v217 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v217 = (v217 + 1UL);
            in88 = true;
        }
    }
    if (in88) goto b88;
    if (in90)
    {
        in90 = false;
        if ((v1 < (v175 + 4UL)))
        {
            in91 = true;
        }
        else
        {
            { const ulong next0 = v194, next1 = ((v174 + 1UL) & 0xffffffffUL), next2 = v194, next3 = v193; v173 = next0; v174 = next1; v175 = next2; v176 = next3; }
            in78 = true;
        }
    }
    if (in78) goto b78;
    if (in91)
    {
        in91 = false;
        v222 = (v173 + 4UL);
        if ((v1 < (v173 + 3UL)))
        {
            in92 = true;
        }
        else
        {
            in95 = true;
        }
    }
    if (in92)
    {
        in92 = false;
        v223 = ((v192 & 65535UL) + (v193 >> 16));
        v224 = ((((v223 >> 16) + v223) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v224);
        v225 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v225 * 31UL) + v224));
        ways[(ulong)n * 66 + logged++] = 1;
        v226 = 0UL;
        in93 = true;
    }
b93: ;
    if (in93)
    {
        in93 = false;
        v227 = (v0 + v226);
        if ((v1 < (v227 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in94 = true;
        }
    }
    if (in94)
    {
        in94 = false;
        v228 = LOAD(global, u8, packet + (v227));
        v229 = ((AT_MAP(1) + 0UL) + ((v228 >> 4) * 8UL));
        v230 = LOAD(global, u64, m1_values + (v229 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v229 - AT_MAP(1)), (v230 + 1UL));
        if ((v226 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v226 = (v226 + 1UL);
            in93 = true;
        }
    }
    if (in93) goto b93;
    if (in95)
    {
        in95 = false;
        if ((v1 < v222))
        {
            in96 = true;
        }
        else
        {
            in99 = true;
        }
    }
    if (in96)
    {
        in96 = false;
        v231 = LOAD(global, u8, packet + (v194));
        v232 = (v192 + v231);
        v233 = ((v232 & 65535UL) + ((v232 & 0xffffffffUL) >> 16));
        v234 = ((((v233 >> 16) + v233) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v234);
        v235 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v235 * 31UL) + v234));
        ways[(ulong)n * 66 + logged++] = 1;
        v236 = 0UL;
        in97 = true;
    }
b97: ;
    if (in97)
    {
        in97 = false;
        v237 = (v0 + v236);
        if ((v1 < (v237 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in98 = true;
        }
    }
    if (in98)
    {
        in98 = false;
        v238 = LOAD(global, u8, packet + (v237));
        v239 = ((AT_MAP(1) + 0UL) + ((v238 >> 4) * 8UL));
        v240 = LOAD(global, u64, m1_values + (v239 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v239 - AT_MAP(1)), (v240 + 1UL));
        if ((v236 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v236 = (v236 + 1UL);
            in97 = true;
        }
    }
    if (in97) goto b97;
    if (in99)
    {
        in99 = false;
        v241 = ((v192 & 65535UL) + (v193 >> 16));
        v242 = ((((v241 >> 16) + v241) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v242);
        v243 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v243 * 31UL) + v242));
        ways[(ulong)n * 66 + logged++] = 1;
        v244 = 0UL;
        in100 = true;
    }
b100: ;
    if (in100)
    {
        in100 = false;
        v245 = (v0 + v244);
        if ((v1 < (v245 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in101 = true;
        }
    }
    if (in101)
    {
        in101 = false;
        v246 = LOAD(global, u8, packet + (v245));
        v247 = ((AT_MAP(1) + 0UL) + ((v246 >> 4) * 8UL));
        v248 = LOAD(global, u64, m1_values + (v247 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v247 - AT_MAP(1)), (v248 + 1UL));
        if ((v244 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v244 = (v244 + 1UL);
            in100 = true;
        }
    }
    if (in100) goto b100;
    if (in102)
    {
        in102 = false;
        ways[(ulong)n * 66 + logged++] = 2;
        if ((v1 < (v0 + 2UL)))
        {
            in103 = true;
        }
        else
        {
            { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v249 = next0; v250 = next1; v251 = next2; v252 = next3; }
            in108 = true;
        }
    }
    if (in103)
    {
        in103 = false;
        if ((v1 < (v0 + 1UL)))
        {
            v253 = 0UL;
            in105 = true;
        }
        else
        {
            in104 = true;
        }
    }
    if (in104)
    {
        in104 = false;
        v254 = LOAD(global, u8, packet + (v0));
        v253 = v254;
        in105 = true;
    }
    if (in105)
    {
        in105 = false;
        v255 = ((v253 & 65535UL) + ((v253 & 0xffffffffUL) >> 16));
        v256 = ((((v255 >> 16) + v255) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v256);
        v257 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v257 * 31UL) + v256));
        ways[(ulong)n * 66 + logged++] = 1;
        v258 = 0UL;
        in106 = true;
    }
b106: ;
    if (in106)
    {
        in106 = false;
        v259 = (v0 + v258);
        if ((v1 < (v259 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in107 = true;
        }
    }
    if (in107)
    {
        in107 = false;
        v260 = LOAD(global, u8, packet + (v259));
        v261 = ((AT_MAP(1) + 0UL) + ((v260 >> 4) * 8UL));
        v262 = LOAD(global, u64, m1_values + (v261 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v261 - AT_MAP(1)), (v262 + 1UL));
        if ((v258 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v258 = (v258 + 1UL);
            in106 = true;
        }
    }
    if (in106) goto b106;
b108: ;
    if (in108)
    {
        in108 = false;
        v263 = LOAD(global, u16, packet + (v251));
        v264 = (v252 + v263);
        v265 = (v264 & 0xffffffffUL);
        v266 = (v249 + 2UL);
        if ((755UL < (v250 & 0xffffffffUL)))
        {
            in109 = true;
        }
        else
        {
            in115 = true;
        }
    }
    if (in109)
    {
        in109 = false;
        v267 = (v249 + 4UL);
        if ((v1 < (v249 + 3UL)))
        {
            v268 = v265;
            in112 = true;
        }
        else
        {
            in110 = true;
        }
    }
    if (in110)
    {
        in110 = false;
        if ((v1 < v267))
        {
            in111 = true;
        }
        else
        {
            v268 = v265;
            in112 = true;
        }
    }
    if (in111)
    {
        in111 = false;
        v269 = LOAD(global, u8, packet + (v266));
        v268 = ((v264 + v269) & 0xffffffffUL);
        in112 = true;
    }
    if (in112)
    {
        in112 = false;
        v270 = ((v268 & 65535UL) + ((v268 & 0xffffffffUL) >> 16));
        v271 = ((((v270 >> 16) + v270) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v271);
        v272 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v272 * 31UL) + v271));
        ways[(ulong)n * 66 + logged++] = 1;
        v273 = 0UL;
        in113 = true;
    }
b113: ;
    if (in113)
    {
        in113 = false;
        v274 = (v0 + v273);
        if ((v1 < (v274 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in114 = true;
        }
    }
    if (in114)
    {
        in114 = false;
        v275 = LOAD(global, u8, packet + (v274));
        v276 = ((AT_MAP(1) + 0UL) + ((v275 >> 4) * 8UL));
        v277 = LOAD(global, u64, m1_values + (v276 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v276 - AT_MAP(1)), (v277 + 1UL));
        if ((v273 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v273 = (v273 + 1UL);
            in113 = true;
        }
    }
    if (in113) goto b113;
    if (in115)
    {
        in115 = false;
        if ((v1 < (v251 + 4UL)))
        {
            in116 = true;
        }
        else
        {
            { const ulong next0 = v266, next1 = ((v250 + 1UL) & 0xffffffffUL), next2 = v266, next3 = v265; v249 = next0; v250 = next1; v251 = next2; v252 = next3; }
            in108 = true;
        }
    }
    if (in108) goto b108;
    if (in116)
    {
        in116 = false;
        v278 = (v249 + 4UL);
        if ((v1 < (v249 + 3UL)))
        {
            v279 = v265;
            in119 = true;
        }
        else
        {
            in117 = true;
        }
    }
    if (in117)
    {
        in117 = false;
        if ((v1 < v278))
        {
            in118 = true;
        }
        else
        {
            v279 = v265;
            in119 = true;
        }
    }
    if (in118)
    {
        in118 = false;
        v280 = LOAD(global, u8, packet + (v266));
        v279 = ((v264 + v280) & 0xffffffffUL);
        in119 = true;
    }
    if (in119)
    {
        in119 = false;
        v281 = ((v279 & 65535UL) + ((v279 & 0xffffffffUL) >> 16));
        v282 = ((((v281 >> 16) + v281) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v282);
        v283 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v283 * 31UL) + v282));
        ways[(ulong)n * 66 + logged++] = 1;
        v284 = 0UL;
        in120 = true;
    }
b120: ;
    if (in120)
    {
        in120 = false;
        v285 = (v0 + v284);
        if ((v1 < (v285 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in121 = true;
        }
    }
    if (in121)
    {
        in121 = false;
        v286 = LOAD(global, u8, packet + (v285));
        v287 = ((AT_MAP(1) + 0UL) + ((v286 >> 4) * 8UL));
        v288 = LOAD(global, u64, m1_values + (v287 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v287 - AT_MAP(1)), (v288 + 1UL));
        if ((v284 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v284 = (v284 + 1UL);
            in120 = true;
        }
    }
    if (in120) goto b120;
    if (in122)
    {
        in122 = false;
        v289 = (v4 & 0xffffffffUL);
        v290 = (v3 ^ v164);
        v291 = (v290 * 0x100000001b3UL);
        v292 = (v5 + v164);
        v293 = (v292 & 0xffffffffUL);
        v294 = ((v292 + v6) & 0xffffffffUL);
        if ((v2 == 1513UL))
        {
            in123 = true;
        }
        else
        {
            { const ulong next0 = (v2 + 1UL), next1 = v291, next2 = v289, next3 = v293, next4 = v294; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
            in1 = true;
        }
    }
    if (in1) goto b1;
    if (in123)
    {
        STORE(global, u64, m0_values + 0, v291);
        v295 = LOAD(global, u64, m0_values + 8);
        STORE(global, u64, m0_values + 8, ((v295 * 31UL) + v291));
        v296 = (((v294 % 65521UL) << 16) | (v293 % 65521UL));
        STORE(global, u64, m0_values + 16, v296);
        v297 = LOAD(global, u64, m0_values + 24);
        STORE(global, u64, m0_values + 24, ((v297 * 31UL) + v296));
        STORE(global, u64, m0_values + 32, v289);
        v298 = LOAD(global, u64, m0_values + 40);
        STORE(global, u64, m0_values + 40, ((v298 * 31UL) + v289));
        if (((v290 & 1UL) == 0UL))
        {
            in124 = true;
        }
        else
        {
            in134 = true;
        }
    }
    if (in124)
    {
        v299 = (v0 + 2UL);
        ways[(ulong)n * 66 + logged++] = 0;
        if ((v1 < v299))
        {
            { const ulong next0 = v0, next1 = v299, next2 = 0UL; v300 = next0; v301 = next1; v302 = next2; }
            in128 = true;
        }
        else
        {
            { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v303 = next0; v304 = next1; v305 = next2; v306 = next3; }
            in125 = true;
        }
    }
b125: ;
    if (in125)
    {
        in125 = false;
        v307 = LOAD(global, u16, packet + (v305));
        v308 = ((v306 + v307) & 0xffffffffUL);
        v309 = (v303 + 2UL);
        if ((755UL < (v304 & 0xffffffffUL)))
        {
            in127 = true;
        }
        else
        {
            in126 = true;
        }
    }
    if (in126)
    {
        in126 = false;
        if ((v1 < (v305 + 4UL)))
        {
            in127 = true;
        }
        else
        {
            { const ulong next0 = v309, next1 = ((v304 + 1UL) & 0xffffffffUL), next2 = v309, next3 = v308; v303 = next0; v304 = next1; v305 = next2; v306 = next3; }
            in125 = true;
        }
    }
    if (in125) goto b125;
    if (in127)
    {
        { const ulong next0 = v309, next1 = (v303 + 4UL), next2 = v308; v300 = next0; v301 = next1; v302 = next2; }
        in128 = true;
    }
    if (in128)
    {
        if ((v1 < (v300 + 1UL)))
        {
            v310 = v302;
            in131 = true;
        }
        else
        {
            in129 = true;
        }
    }
    if (in129)
    {
        if ((v1 < v301))
        {
            in130 = true;
        }
        else
        {
            v310 = v302;
            in131 = true;
        }
    }
    if (in130)
    {
        v311 = LOAD(global, u8, packet + (v300));
        v310 = ((v302 + v311) & 0xffffffffUL);
        in131 = true;
    }
    if (in131)
    {
        v312 = ((v310 & 65535UL) + ((v310 & 0xffffffffUL) >> 16));
        v313 = ((((v312 >> 16) + v312) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v313);
        v314 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v314 * 31UL) + v313));
        ways[(ulong)n * 66 + logged++] = 1;
        v315 = 0UL;
        in132 = true;
    }
b132: ;
    if (in132)
    {
        in132 = false;
        v316 = (v0 + v315);
        if ((v1 < (v316 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in133 = true;
        }
    }
    if (in133)
    {
        in133 = false;
        v317 = LOAD(global, u8, packet + (v316));
        v318 = ((AT_MAP(1) + 0UL) + ((v317 >> 4) * 8UL));
        v319 = LOAD(global, u64, m1_values + (v318 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v318 - AT_MAP(1)), (v319 + 1UL));
        if ((v315 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v315 = (v315 + 1UL);
            in132 = true;
        }
    }
    if (in132) goto b132;
    if (in134)
    {
        v320 = (v0 + 2UL);
        ways[(ulong)n * 66 + logged++] = 2;
        if ((v1 < v320))
        {
            { const ulong next0 = v0, next1 = v320, next2 = 0UL; v321 = next0; v322 = next1; v323 = next2; }
            in138 = true;
        }
        else
        {
            { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v324 = next0; v325 = next1; v326 = next2; v327 = next3; }
            in135 = true;
        }
    }
b135: ;
    if (in135)
    {
        in135 = false;
        v328 = LOAD(global, u16, packet + (v326));
        v329 = ((v327 + v328) & 0xffffffffUL);
        v330 = (v324 + 2UL);
        if ((755UL < (v325 & 0xffffffffUL)))
        {
            in137 = true;
        }
        else
        {
            in136 = true;
        }
    }
    if (in136)
    {
        in136 = false;
        if ((v1 < (v326 + 4UL)))
        {
            in137 = true;
        }
        else
        {
            { const ulong next0 = v330, next1 = ((v325 + 1UL) & 0xffffffffUL), next2 = v330, next3 = v329; v324 = next0; v325 = next1; v326 = next2; v327 = next3; }
            in135 = true;
        }
    }
    if (in135) goto b135;
    if (in137)
    {
        { const ulong next0 = v330, next1 = (v324 + 4UL), next2 = v329; v321 = next0; v322 = next1; v323 = next2; }
        in138 = true;
    }
    if (in138)
    {
        if ((v1 < (v321 + 1UL)))
        {
            v331 = v323;
            in141 = true;
        }
        else
        {
            in139 = true;
        }
    }
    if (in139)
    {
        if ((v1 < v322))
        {
            in140 = true;
        }
        else
        {
            v331 = v323;
            in141 = true;
        }
    }
    if (in140)
    {
        v332 = LOAD(global, u8, packet + (v321));
        v331 = ((v323 + v332) & 0xffffffffUL);
        in141 = true;
    }
    if (in141)
    {
        v333 = ((v331 & 65535UL) + ((v331 & 0xffffffffUL) >> 16));
        v334 = ((((v333 >> 16) + v333) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v334);
        v335 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v335 * 31UL) + v334));
        ways[(ulong)n * 66 + logged++] = 1;
        v336 = 0UL;
        in142 = true;
    }
b142: ;
    if (in142)
    {
        in142 = false;
        v337 = (v0 + v336);
        if ((v1 < (v337 + 1UL)))
        {
            in144 = true;
        }
        else
        {
            in143 = true;
        }
    }
    if (in143)
    {
        in143 = false;
        v338 = LOAD(global, u8, packet + (v337));
        v339 = ((AT_MAP(1) + 0UL) + ((v338 >> 4) * 8UL));
        v340 = LOAD(global, u64, m1_values + (v339 - AT_MAP(1)));
        STORE(global, u64, m1_values + (v339 - AT_MAP(1)), (v340 + 1UL));
        if ((v336 == 95UL))
        {
            in144 = true;
        }
        else
        {
            v336 = (v336 + 1UL);
            in142 = true;
        }
    }
    if (in142) goto b142;
    if (in144)
    {
        ways[(ulong)n * 66 + logged++] = 3;
        outcome |= 2;
    }
outcomes[n] = outcome | logged << 16;
}
}
}
